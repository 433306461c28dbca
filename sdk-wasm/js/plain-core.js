// The core in plain JavaScript, for pages whose policy forbids WebAssembly. It is `../src/` line by line: the same calls give
// the same bytes (`e2e/browser/identity.mjs`). The words for limits and rules stand there.

const HELD_BYTES_MAX = 256 * 1024;
const BATCH_BYTES_MAX = 59 * 1024;
const BATCH_EVENTS_MAX = 500;
const FLUSH_EVENTS = 20;
const FLUSH_INTERVAL_MS = 5000;
const STEP_MAX_MS = 60_000;
const ASKED_MAX_MS = 3_600_000;
const ATTEMPTS_MAX = 100;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

const bytes = (text) => new TextEncoder().encode(text).length;
const whole = (ms) => `${Math.max(Math.trunc(ms), 0)}`;

let performance;
let navigator;
let url;
let request;
let answered;
let ignored;
let random;
let envelope = "";
let batches = [];
let isOpen = false;
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
  while (id.length < 22) id += ALPHABET[draw() & 63];
  return id;
};

const head = () => '{"batch_id":"' + newId();

const last = () => batches[batches.length - 1];

const body = (batch, now) => (batch ? `${batch}],"sent_at_ms":${whole(now)}}` : "");

const hasRoom = (size) => bytes(batches.join("")) + size <= HELD_BYTES_MAX;

const share = (text) => {
  isOpen = false;
  envelope = text;
};

const offer = (event, now) => {
  const size = bytes(event);
  if (size > BATCH_BYTES_MAX || !hasRoom(size)) return false;
  if (!isOpen || openEvents >= BATCH_EVENTS_MAX || bytes(last()) + size > BATCH_BYTES_MAX) {
    isOpen = true;
    openEvents = 0;
    flushAt = now + FLUSH_INTERVAL_MS;
    batches.push(`${head()}",${envelope},"events":[`);
  }
  openEvents++;
  const comma = last().endsWith("}") ? "," : "";
  batches.push(`${batches.pop()}${comma}{"event_id":"${newId()}","at_ms":${whole(now)},${event.slice(1)}`);
  return true;
};

const flush = () => {
  flushAt = 0;
  resumeAt = askedUntil;
};

const due = () =>
  inFlight || !batches.length
    ? Infinity
    : batches.length == 1 && isOpen && openEvents < FLUSH_EVENTS
      ? flushAt
      : resumeAt;

const clock = () => performance.timeOrigin + performance.now();

const settle = (status, retryAfter) => {
  const now = clock();
  inFlight = 0;
  if ((!status || status == 429 || status > 499) && ++failures < ATTEMPTS_MAX) {
    askedUntil = now + Math.min(Math.max(retryAfter * 1000, 0), ASKED_MAX_MS);
    resumeAt = askedUntil + Math.min(1000 * 2 ** Math.min(failures - 1, 6), STEP_MAX_MS) * (draw() / 0xffffffff);
    return;
  }
  failures = resumeAt = askedUntil = 0;
  taken(0);
};

const taken = (position) => batches.splice(position + inFlight, 1);

const quietly = (work) => {
  try {
    return work();
  } catch {}
};

/** Whether the request could be made. */
const send = (body, done) => quietly(() => (fetch(url, { ...request, body }).then(done, done), true));

const begin = (...given) => {
  let crypto;
  [performance, navigator, crypto, url, request, answered, ignored] = given;
  random = [...crypto.getRandomValues(new Uint32Array(4))];
};

const advance = () => {
  const now = clock();
  if (due() > now) return;
  inFlight = 1;
  if (batches.length == 1) isOpen = false;
  if (!send(body(batches[0], now), answered)) settle(0, 0);
};

const leave = (keeps) => {
  const now = clock();
  let position = 0;
  for (;;) {
    isOpen = false;
    const text = body(batches[position + inFlight], now);
    if (!text) return;
    const isTaken = quietly(() => navigator.sendBeacon(url, text));
    if (!isTaken) send(text, ignored);
    if (isTaken && !keeps) taken(position);
    else position++;
  }
};

const save = () =>
  batches
    .map((batch, position) => (isOpen && position == batches.length - 1 ? head() + batch.slice(35) : batch) + "\n")
    .join("");

const restore = (saved) => {
  for (const batch of saved.split("\n").slice(0, -1)) {
    if (hasRoom(bytes(batch))) {
      isOpen = false;
      batches.push(batch);
    }
  }
};

export const core = { advance, begin, due, flush, leave, offer, restore, save, settle, share };
