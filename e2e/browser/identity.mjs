// Both cores of the SDK, the WebAssembly that is shipped and plain JavaScript, do the same to the byte: generated sequences of
// calls in pages with the same clock and randomness; what each call answers, what it sends and how.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const { SDK_STAGING_DIR } = process.env;
const SEQUENCES = Number(process.env.SEQUENCES || 1000);
const CALLS = 120;
const ENDPOINT = "https://edge.example/api/v1/events";
const REQUEST = { method: "POST", keepalive: true, credentials: "omit" };

/** A script as a new module, whose state is its own. */
const script = (name) => {
  const text = `${readFileSync(join(SDK_STAGING_DIR, name), "utf8")}\n//${copies++}`;
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
};
let copies = 0;
const module = readFileSync(join(SDK_STAGING_DIR, "core.wasm"));

const TEXTS = ["", "a", "é", "日本 🌊", '"\\', "\u0001\n", "x".repeat(3000), "日".repeat(9000), "y".repeat(40_000), "z".repeat(61_000)];
const STATUSES = [0, 0, 200, 204, 204, 204, 400, 404, 413, 429, 500, 503];

const seen = { fetch: 0, beacon: 0, bytes: 0, refused: 0, restored: 0 };
for (let seed = 1; seed <= SEQUENCES; seed++) {
  const draw = generator(seed);
  const pick = (list) => list[draw(list.length)];
  const response = new Response(module, { headers: { "content-type": "application/wasm" } });
  const wasm = await (await script("wasm-core.min.js")).instantiate(response);
  const { core: plain } = await script("plain-core.js");
  assert.deepEqual(Object.keys(wasm).sort(), Object.keys(plain).sort());

  let now = 1_790_000_000_000 + draw(1000);
  let calls = 0;
  let takesBeacons;
  let inFlight = 0;
  let saved = "";
  /** What the core at work sent in the call at hand: by what, where to, how. */
  let sent;
  const page = {
    fetch: (url, options) => (sent.push(["fetch", url, { ...options }]), Promise.resolve()),
    sendBeacon: (url, body) => (sent.push(["beacon", url, body]), takesBeacons()),
  };
  const words = [draw(2 ** 32), draw(2 ** 32), draw(2 ** 32), draw(2 ** 32)];

  /** Calls both: answers and what is sent have to be the same. */
  const both = (name, ...given) => {
    const start = calls;
    const results = [wasm, plain].map((core) => {
      const beacons = generator(seed + start);
      takesBeacons = () => [true, true, false][beacons(3)];
      sent = [];
      const answer = core[name](...given);
      return { answer: answer instanceof Promise ? "promise" : answer, sent };
    });
    calls++;
    assert.deepEqual(results[0], results[1], `sequence ${seed}: ${name}(${JSON.stringify(given).slice(0, 200)})`);
    for (const [by, url, what] of sent) {
      assert.equal(url, ENDPOINT);
      const body = by === "beacon" ? what : what.body;
      if (by === "fetch") assert.deepEqual(what, { ...REQUEST, body });
      JSON.parse(body);
      seen[by]++;
      seen.bytes += body.length;
    }
    return results[0].answer;
  };
  const offer = () => {
    const event = JSON.stringify({ event_type: pick(["pageview", "buy", "é"]), page: { title: pick(TEXTS.slice(0, draw(10) ? 7 : 10)) } });
    if (!both("offer", event, now)) seen.refused++;
  };
  const end = () => `,"sent_at_ms":${now}}`;
  const advance = () => {
    if (both("due") > now) return;
    both("advance", end());
    inFlight = 1;
  };
  const settle = () => {
    if (!inFlight) return;
    both("settle", pick(STATUSES), pick([0, 0, 0, 2, 7200, -1]), now);
    inFlight = 0;
  };
  const leave = () => {
    both("leave", draw(2) === 1, end());
  };
  const restore = () => {
    for (const batch of saved.split("\n").slice(0, -1)) both("restore", batch);
    seen.restored += saved.length;
  };

  for (const core of [wasm, plain]) {
    core.begin(page, { ...REQUEST }, ENDPOINT, words);
  }
  both("share", '{"tracking_id":"UA-1-1","sdk":"test/1","events":[');
  for (let call = 0; call < CALLS; call++) {
    now += pick([0, 0, 1, 10.5, 700, 6000, 90_000]);
    const step = draw(100);
    if (step < 55) offer();
    else if (step < 72) advance();
    else if (step < 86) settle();
    else if (step < 90) both("flush");
    else if (step < 93) saved = both("save");
    else if (step < 95) restore();
    else if (step < 97) leave();
    else both("share", `{"tracking_id":"UA-1-1","sdk":"test/1","client_id":"${draw(100)}","events":[`);
    both("due");
  }
  both("save");
}
assert.ok(seen.fetch > SEQUENCES && seen.beacon > SEQUENCES && seen.refused > SEQUENCES / 10 && seen.restored > SEQUENCES, JSON.stringify(seen));
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
