// The core in plain JavaScript, for pages whose policy forbids WebAssembly. It is `../src/` line by line: the same calls give
// the same bytes (`e2e/browser/identity.mjs`). The words for limits and rules stand there.

const HELD_BYTES_MAX = 256 * 1024;
const BATCH_BYTES_MAX = 59 * 1024;
const BATCH_EVENTS_MAX = 500;
const INPUT_BYTES_MAX = 61 * 1024;
const FLUSH_EVENTS = 20;
const FLUSH_INTERVAL_MS = 5000;
const STEP_MAX_MS = 60_000;
const ASKED_MAX_MS = 3_600_000;
const ATTEMPTS_MAX = 100;

const bytes = (text) => new TextEncoder().encode(text).length;

let page;
let url;
let request;
let random;
let envelope = "";
let held = "";
let isOpen = false;
let openAt = 0;
let openEvents = 0;
let flushAt = 0;
let inFlight = 0;
let failures = 0;
let resumeAt = 0;
let askedUntil = 0;

const draw = () => {
  const [x, y, z, w] = random;
  const mixed = x ^ (x << 11);
  const next = (w ^ (w >>> 19) ^ mixed ^ (mixed >>> 8)) >>> 0;
  random = [y, z, w, next];
  return next;
};

const newId = () => {
  let id = "";
  while (id.length < 22) id += String.fromCharCode(97 + (draw() % 26));
  return id;
};

const hasRoom = (size) => bytes(held) + size <= HELD_BYTES_MAX;

const sealed = () => (isOpen ? `${held}],"batch_id":"${newId()}"\n` : held);

const seal = () => {
  held = sealed();
  isOpen = false;
};

const share = (text) => {
  seal();
  envelope = text;
};

const offer = (event, now) => {
  const size = bytes(event);
  if (size > BATCH_BYTES_MAX || !hasRoom(size)) return false;
  if (openEvents >= BATCH_EVENTS_MAX || bytes(held.slice(openAt)) + size > BATCH_BYTES_MAX) seal();
  if (isOpen) held += ",";
  else {
    isOpen = true;
    openAt = held.length;
    openEvents = 0;
    flushAt = now + FLUSH_INTERVAL_MS;
    held += envelope;
  }
  openEvents++;
  held += `{"event_id":"${newId()}",${event.slice(1)}`;
  return true;
};

const flush = () => {
  flushAt = 0;
  resumeAt = askedUntil;
};

const due = () =>
  inFlight || !held ? Infinity : isOpen && !openAt && openEvents < FLUSH_EVENTS ? flushAt : resumeAt;

const send = (body) => page.fetch(url, Object.assign(request, { body }));

const body = (start, stop, end) => held.slice(start, stop - 1) + end;

/** Where the line ends that begins at a place. */
const lineEnd = (start) => held.indexOf("\n", start) + 1 || start;

const advance = (end) => {
  if (!openAt) seal();
  inFlight = lineEnd(0);
  return send(body(0, inFlight, end));
};

const taken = (start, stop) => {
  held = held.slice(0, start) + held.slice(stop);
  openAt = Math.max(openAt - stop + start, 0);
};

const settle = (status, retryAfter, now) => {
  if ((!status || status == 429 || status > 499) && ++failures < ATTEMPTS_MAX) {
    askedUntil = now + Math.min(Math.max(retryAfter * 1000, 0), ASKED_MAX_MS);
    resumeAt = askedUntil + Math.min(1000 * 2 ** Math.min(failures - 1, 6), STEP_MAX_MS) * (draw() / 0xffffffff);
  } else {
    failures = resumeAt = askedUntil = 0;
    taken(0, inFlight);
  }
  inFlight = 0;
};

const begin = (...given) => {
  [page, request, url, random] = given;
};

const leave = (keeps, end) => {
  seal();
  let start = inFlight;
  for (let stop; (stop = lineEnd(start)) > start; ) {
    const text = body(start, stop, end);
    const isTaken = page.sendBeacon(url, text);
    if (!isTaken) send(text);
    if (isTaken && !keeps) taken(start, stop);
    else start = stop;
  }
};

const save = () => sealed();

const restore = (batch) => {
  const size = bytes(batch);
  if (size > INPUT_BYTES_MAX || !hasRoom(size)) return;
  seal();
  held += `${batch}\n`;
};

export const core = { advance, begin, due, flush, leave, offer, restore, save, settle, share };
