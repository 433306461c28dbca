// The core, its timer and what is told of its answers. Requests and beacons are the core's own.
import { instantiate } from "../wasm-core.js";
import { base, clock, endpoint, load, on, options, quietly, request, say, shared, stored, words } from "./sdk.js";
import { adopt, mayStore, save } from "./storage.js";

let core;
let name;
let timer;
let callbacks = [];

/** What sends for the core: it neither throws nor rejects, whatever the page has made of it. */
const sending = {
  fetch: async (...given) => {
    try {
      return await fetch(...given);
    } catch {}
  },
  sendBeacon: (...given) => quietly(() => navigator.sendBeacon(...given)),
};

/** The end of a body that leaves now. */
const end = () => `,"sent_at_ms":${clock()}}`;

/** Sends what is due, or sets the timer for when something will be. */
const advance = () =>
  quietly(() => {
    clearTimeout(timer);
    const wait = core.due() - clock();
    if (wait <= 0) core.advance(end()).then(answered);
    else if (wait < Infinity) timer = setTimeout(advance, wait + 1);
  });

/** Takes what a request came to: a response, or anything else. */
const answered = (answer) =>
  quietly(() => {
    const status = quietly(() => answer.status) || 0;
    core.settle(status, quietly(() => +answer.headers.get("retry-after")) || 0, clock());
    say("sent, answered by", status || "nothing");
    save(core);
    if (core.due() == Infinity) for (const callback of callbacks.splice(0)) quietly(() => callback({ status }));
    advance();
  });

/** Takes an event. */
export const send = (event, callback) => {
  const taken = core.offer(event, clock());
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
    `{"tracking_id":"${options.site}","sdk":"${sender()}",` +
      (mayStore() ? `"client_id":${JSON.stringify(stored("id"))},` : "") +
      '"events":[',
  );

/** Takes over what earlier pages left, and may be kept. */
export const resume = () => {
  share();
  adopt(core);
  advance();
};

/** Hands what is not delivered to the browser. */
export const leave = () => {
  core.leave(mayStore(), end());
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
  core.begin(sending, { ...request }, endpoint.href, words());
  resume();
  shared.first?.then((again) => {
    if (again) core.restore(again);
    save(core);
    advance();
  });
  on(window, "online", flush);
};
