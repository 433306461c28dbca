// Requests, beacons and the timer between the core and the edge.
import { instantiate } from "../wasm-core.js";
import { base, clock, endpoint, load, on, options, post, quietly, say, shared, stored, words } from "./sdk.js";
import { adopt, mayStore, save } from "./storage.js";

let core;
let name;
let timer;
let callbacks = [];

/** Sends what is due, or sets the timer for when something will be. */
const step = async () => {
  const now = clock();
  const body = core.take(now);
  if (!body) {
    clearTimeout(timer);
    const due = core.due();
    if (due < Infinity) timer = setTimeout(advance, Math.max(due - now, 0) + 1);
    return;
  }
  let status = 0;
  let after = 0;
  try {
    const answer = await post(body);
    status = answer.status;
    after = +answer.headers.get("retry-after") || 0;
  } catch {}
  core.settle(status, after, clock());
  say("sent, answered by", status || "nothing");
  save(core);
  if (core.due() == Infinity) for (const callback of callbacks.splice(0)) quietly(() => callback({ status }));
  advance();
};

const advance = () => step().catch(() => {});

/** Takes an event. */
export const send = (event, at, callback) => {
  const taken = core.offer(event, at);
  say(event, taken ? "" : "ignored: the queue is full, or the event too large");
  if (callback) {
    callbacks.push(callback);
    core.flush();
  }
  save(core);
  // Not within the page's call.
  queueMicrotask(advance);
};

/** Sends without waiting for more. */
export const flush = () => {
  core.flush();
  advance();
};

/** Name and version of what sends. */
export const sender = () => `${name}/${VERSION}`;

/** Says anew who later events come from. */
export const share = () =>
  core.share(
    `"tracking_id":"${options.site}","sdk":"${sender()}"` + (mayStore() ? `,"client_id":"${stored("id")}"` : ""),
  );

/** Takes over what earlier pages left, and may be kept. */
export const resume = () => {
  share();
  adopt(core);
  advance();
};

/**
 * Hands what is not delivered to the browser, which outlives the page. A beacon's end is not told: where events may be kept
 * they are, until an answer says that they are counted.
 */
export const leave = () => {
  let position = 0;
  let body;
  while ((body = core.leave(position, clock()))) {
    const taken = quietly(() => navigator.sendBeacon(endpoint, body));
    if (!taken) quietly(() => post(body).catch(() => {}));
    if (taken && !mayStore()) core.taken(position);
    else position++;
  }
  save(core);
  advance();
};

/** WebAssembly where the page's policy allows it and it can be had, else the same in plain JavaScript. */
export const begin = async () => {
  try {
    // A policy that forbids WebAssembly forbids the smallest module there is, before anything is fetched.
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    const [file, integrity] = MODULE;
    core = await instantiate(fetch(new URL(file, base), { integrity }));
    name = "wasm";
  } catch {
    core = await new Promise((loaded, failed) => load(PLAIN, loaded, failed));
    name = "js";
  }
  core.seed(words());
  resume();
  shared.first?.then((again) => {
    if (again) core.restore(again + "\n");
    save(core);
    advance();
  });
  on(window, "online", flush);
};
