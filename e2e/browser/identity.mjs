// Both cores of the SDK, the WebAssembly that is shipped and plain JavaScript, do the same to the byte: generated sequences of
// calls, with the same seeds and clock, and what each call answers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const { SDK_STAGING_DIR } = process.env;
const SEQUENCES = Number(process.env.SEQUENCES || 1000);
const CALLS = 120;

/** A script as a new module, whose state is its own. */
const script = (name) => {
  const text = `${readFileSync(join(SDK_STAGING_DIR, name), "utf8")}\n//${copies++}`;
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
};
let copies = 0;
const module = readFileSync(join(SDK_STAGING_DIR, "core.wasm"));

const TEXTS = ["", "a", "é", "日本 🌊", '"\\', "\u0001\n", "x".repeat(3000), "日".repeat(9000), "y".repeat(40_000), "z".repeat(61_000)];
const STATUSES = [0, 0, 200, 204, 204, 204, 400, 404, 413, 429, 500, 503];

let seen = { bodies: 0, bytes: 0, refused: 0, restored: 0 };
for (let seed = 1; seed <= SEQUENCES; seed++) {
  const draw = generator(seed);
  const pick = (list) => list[draw(list.length)];
  const response = new Response(module, { headers: { "content-type": "application/wasm" } });
  const wasm = await (await script("wasm-core.js")).instantiate(response);
  const { core: plain } = await script("plain-core.js");
  assert.deepEqual(Object.keys(wasm).sort(), Object.keys(plain).sort());

  let now = 1_790_000_000_000 + draw(1000);
  let inFlight = false;
  let saved = "";
  const both = (name, ...given) => {
    const answers = [wasm, plain].map((core) => core[name](...structuredClone(given)));
    assert.equal(answers[0], answers[1], `sequence ${seed}: ${name}(${JSON.stringify(given).slice(0, 200)})`);
    return answers[0];
  };
  const silent = (name, ...given) => {
    wasm[name](...structuredClone(given));
    plain[name](...structuredClone(given));
  };
  const offer = () => {
    const event = JSON.stringify({ event_type: pick(["pageview", "buy", "é"]), page: { title: pick(TEXTS.slice(0, draw(10) ? 7 : 10)) } });
    if (!both("offer", event, now)) seen.refused++;
  };
  const take = () => {
    const body = both("take", now);
    if (!body) return;
    JSON.parse(body);
    inFlight = true;
    seen.bodies++;
    seen.bytes += body.length;
  };
  const settle = () => {
    if (!inFlight) return;
    silent("settle", pick(STATUSES), pick([0, 0, 0, 2, 7200, -1]), now);
    inFlight = false;
  };
  const leave = () => {
    for (let position = 0; both("leave", position, now); ) {
      if (draw(2)) silent("taken", position);
      else position++;
    }
  };
  const restore = () => {
    silent("restore", saved);
    seen.restored += saved.length;
  };

  silent("seed", [draw(2 ** 32), draw(2 ** 32), draw(2 ** 32), draw(2 ** 32)]);
  silent("share", '"tracking_id":"UA-1-1","sdk":"test/1"');
  for (let call = 0; call < CALLS; call++) {
    now += pick([0, 0, 1, 10.5, 700, 6000, 90_000]);
    const step = draw(100);
    if (step < 55) offer();
    else if (step < 72) take();
    else if (step < 86) settle();
    else if (step < 90) silent("flush");
    else if (step < 93) saved = both("save");
    else if (step < 95) restore();
    else if (step < 97) leave();
    else silent("share", `"tracking_id":"UA-1-1","sdk":"test/1","client_id":"${draw(100)}"`);
    both("due");
  }
  both("save");
}
assert.ok(seen.bodies > SEQUENCES && seen.refused > SEQUENCES / 10 && seen.restored > SEQUENCES, JSON.stringify(seen));
console.log(`both cores agree in ${SEQUENCES} sequences: ${JSON.stringify(seen)}`);

/** Numbers from 0 to below a bound: mulberry32. */
function generator(seed) {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
