// Events from a server: queued, sent in batches, sent again until they are answered, and counted once.
import { Buffer } from "node:buffer";

import { body, event, outcomes } from "./server-wire.js";

/** Most events that wait, and their bytes: a minute without the edge at 150 events a second, of 1.6 KiB each. */
const QUEUE_EVENTS_MAX = 10_000;
const QUEUE_BYTES_MAX = 16 * 1024 * 1024;
/** Events that are not waited with. */
const FLUSH_EVENTS = 20;
/** Longest that an event waits for others. */
const FLUSH_INTERVAL_MS = 5000;
/** Events and bytes of one batch, as the edge takes them; the latter with room for what the events share. */
const BATCH_EVENTS_MAX = 500;
const BATCH_BYTES_MAX = 1_024_000 - 1024;
/** How long an answer may take. */
const ANSWER_WITHIN_MS = 15_000;
/** Pauses between tries: 1, 2, 4 … 60 s, times a random share. */
const STEP_MIN_MS = 1000;
const STEP_MAX_MS = 60_000;
/** Longest pause that an answer may ask for. */
const ASKED_MAX_MS = 3_600_000;
/** How long a batch is tried: the edge knows its id for 48 h, and an hour of that is the longest pause. */
const TRIED_MAX_MS = 47 * 3_600_000;
/** How long `close` waits, unless it is told. */
const CLOSE_WITHIN_MS = 5000;

const clock = () => performance.timeOrigin + performance.now();

const unsent = (detail) => ({ status: "unsent", detail });

export class Client {
  #site;
  #url;
  #queue = [];
  #queuedBytes = 0;
  /** What is under way. */
  #batch = [];
  #delivery;
  #timer;
  #failures = 0;
  /** What the last try came to. */
  #failure = "none was made";
  /** Somebody waits for what is queued. */
  #isUrgent = false;
  /** Somebody began to wait: the next random pause is left out. */
  #isHurried = false;
  #hurry = () => {};
  #request;
  #isClosed = false;

  constructor({ endpoint, site }) {
    const { href, protocol } = new URL(endpoint);
    if (!/^https?:$/.test(protocol)) throw new TypeError("endpoint: must be an http or https URL");
    this.#url = `${href.replace(/\/+$/, "")}/api/v1/events`;
    if (!/^[\w.-]{1,64}$/.test(site)) throw new TypeError("site: must be 1 to 64 letters, digits, '-', '_' or '.'");
    this.#site = site;
  }

  track(name, options = {}) {
    const { text, refused } = event(this.#site, name, options, clock());
    if (refused) return Promise.resolve(refused);
    if (this.#isClosed) return Promise.resolve(unsent("the client is closed"));
    const size = Buffer.byteLength(text);
    if (size > BATCH_BYTES_MAX) {
      return Promise.resolve({ status: "rejected", detail: `the event has ${size} bytes, at most ${BATCH_BYTES_MAX}` });
    }
    if (this.#queue.length >= QUEUE_EVENTS_MAX || this.#queuedBytes + size > QUEUE_BYTES_MAX) {
      return Promise.resolve(
        unsent(`the queue holds ${this.#queue.length} events of ${this.#queuedBytes} bytes, at most ${QUEUE_EVENTS_MAX} of ${QUEUE_BYTES_MAX}`),
      );
    }
    const { promise, resolve } = settled();
    this.#queue.push({ text, size, promise, resolve });
    this.#queuedBytes += size;
    this.#schedule();
    return promise;
  }

  page(options) {
    return this.track("pageview", options);
  }

  async flush() {
    const waiting = [...this.#batch, ...this.#queue].map(({ promise }) => promise);
    if (!waiting.length) return;
    this.#isUrgent = true;
    this.#isHurried = true;
    this.#hurry();
    this.#begin();
    await Promise.all(waiting);
  }

  async close({ timeoutMs = CLOSE_WITHIN_MS } = {}) {
    let timer;
    const late = new Promise((passed) => (timer = setTimeout(passed, timeoutMs)));
    await Promise.race([this.flush(), late]);
    clearTimeout(timer);
    const left = [...this.#batch, ...this.#queue.splice(0)];
    this.#batch = [];
    this.#queuedBytes = 0;
    clearTimeout(this.#timer);
    this.#isClosed = true;
    this.#request?.abort();
    this.#hurry();
    const detail = `the client was closed, and the edge did not answer within ${timeoutMs} ms; the last try: ${this.#failure}`;
    for (const { resolve } of left) resolve(unsent(detail));
    return left.length;
  }

  #schedule() {
    if (this.#delivery || !this.#queue.length) return;
    if (this.#isUrgent || this.#queue.length >= FLUSH_EVENTS) this.#begin();
    // A program that ends by itself ends after its events have left.
    else this.#timer ??= setTimeout(() => this.#begin(), FLUSH_INTERVAL_MS);
  }

  #begin() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#delivery ??= this.#deliver().then(() => {
      this.#delivery = undefined;
      if (!this.#queue.length) this.#isUrgent = false;
      this.#schedule();
    });
  }

  async #deliver() {
    this.#batch = this.#take();
    if (!this.#batch.length) return;
    const given = await this.#exchange(body(this.#site, this.#batch.map(({ text }) => text)));
    this.#batch.forEach(({ resolve }, index) => resolve(given(index)));
    this.#batch = [];
  }

  /** The oldest events that fit a batch. */
  #take() {
    let bytes = 0;
    let count = 0;
    for (const { size } of this.#queue) {
      if (count == BATCH_EVENTS_MAX || bytes + size > BATCH_BYTES_MAX) break;
      bytes += size + 1;
      count++;
    }
    const taken = this.#queue.splice(0, count);
    for (const { size } of taken) this.#queuedBytes -= size;
    return taken;
  }

  /** Sends a body until it is answered. Answers what became of each event, by its index. */
  async #exchange(bodyAt) {
    const begun = clock();
    for (;;) {
      const answer = await this.#post(bodyAt(clock()));
      if (this.#isClosed && !answer) return () => unsent("the client is closed");
      if (answer && answer.status != 429 && answer.status < 500) {
        this.#failures = 0;
        return outcomes(answer.status, answer.text);
      }
      if (answer) this.#failure = `answered ${answer.status}`;
      if (clock() - begun > TRIED_MAX_MS) {
        return () => unsent(`the edge did not take it within ${TRIED_MAX_MS} ms; the last try: ${this.#failure}`);
      }
      const step = Math.min(STEP_MIN_MS * 2 ** Math.min(this.#failures++, 6), STEP_MAX_MS);
      await this.#pause(Math.min(answer?.retryAfterMs || 0, ASKED_MAX_MS), step * Math.random());
      if (this.#isClosed) return () => unsent("the client is closed");
    }
  }

  async #post(text) {
    const request = (this.#request = new AbortController());
    const timer = setTimeout(() => request.abort(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
    const headers = { "content-type": "application/json" };
    try {
      const answer = await fetch(this.#url, { method: "POST", body: text, headers, redirect: "manual", signal: request.signal });
      const retryAfterMs = answer.headers.get("retry-after") * 1000;
      return { status: answer.status, retryAfterMs, text: await answer.text() };
    } catch (error) {
      this.#failure = `${error.cause?.message || error.message}`;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits as long as was asked for, then a random time, which is left out once for each that begins to wait. */
  async #pause(askedMs, randomMs) {
    await this.#sleep(askedMs, () => false);
    await this.#sleep(randomMs, () => this.#isHurried);
    this.#isHurried = false;
  }

  async #sleep(ms, canEnd) {
    const isOver = () => canEnd() || this.#isClosed;
    if (isOver()) return;
    await new Promise((passed) => {
      const timer = setTimeout(passed, ms);
      // An edge that is away does not keep a program from its end, unless that waits for `flush` or `close`.
      if (!this.#isUrgent) timer.unref?.();
      this.#hurry = () => {
        timer.ref?.();
        if (isOver()) passed(clearTimeout(timer));
      };
    });
    this.#hurry = () => {};
  }
}

/** A promise, and what settles it. */
const settled = () => {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
};
