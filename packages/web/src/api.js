// What a program calls. Calls are handed to `window.tidemark` as soon as that is there; until then they are kept, in order.
// On a server nothing is kept and nothing happens.

/** Most calls that are kept. */
const CALLS_MAX = 1000;

const calls = [];
let isBegun = false;
/** Why there will be no SDK on this page. */
let absence;
let isDebugging = false;

const isServer = () => typeof document == "undefined";

const quietly = (work) => {
  try {
    return work();
  } catch {}
};

/** The SDK, once it takes calls. The stub of the script's tag has no methods. */
const sdk = () => quietly(() => window.tidemark?.track && window.tidemark);

/** Hands on what was called before the SDK was there. */
export const handOver = () => {
  const tidemark = sdk();
  if (tidemark) for (const [name, given] of calls.splice(0)) quietly(() => tidemark[name](...given));
};

/** Forgets what was called, now and from now on. Whoever waits for an answer is told why. */
export const giveUp = (reason) => {
  absence = reason;
  for (const [name, given] of calls.splice(0)) if (name == "track") quietly(() => given[2]?.callback?.({ reason }));
};

const call = (name, given) => {
  if (isServer()) return;
  if (calls.length < CALLS_MAX) calls.push([name, given]);
  if (absence) giveUp(absence);
  else handOver();
};

/** Begins once a page: `start` is given the attributes of the script's tag, without `data-`. */
export const begin = (options, start) => {
  if (isServer()) return;
  try {
    if (isBegun || sdk()) {
      if (isDebugging) console.warn("tidemark: init is ignored, for it was called before");
      return;
    }
    const given = attributes(options);
    if (!given.site) throw new TypeError("site is required");
    start(given);
    isBegun = true;
    handOver();
  } catch (error) {
    // Nothing is counted: that is said, and the page goes on.
    quietly(() => console.warn(`tidemark: init is ignored: ${error.message}`));
  }
};

const FLAGS = ["hash", "outbound", "downloads", "forms", "vitals", "exclude", "include", "manual", "consent", "respect", "local"];

/** A flag is there or not; a list is joined. */
const text = (value) => (value === true ? "" : [value].flat().join(","));

const attributes = ({ site, endpoint, engagement, notFound, ...flags } = {}) => {
  const attributes = { site };
  // As the page sees it, and not as the script does.
  if (endpoint != null) attributes.endpoint = new URL(endpoint, document.baseURI).href;
  if (engagement === false) attributes.engagement = "off";
  if (notFound) attributes[404] = text(notFound);
  for (const name of FLAGS) {
    if (flags[name] != null && flags[name] !== false) attributes[name] = text(flags[name]);
  }
  return attributes;
};

export const track = (...given) => call("track", given);
export const page = (...given) => call("page", given);
export const identify = (...given) => call("identify", given);
export const group = (...given) => call("group", given);
export const reset = () => call("reset", []);
export const variant = (...given) => call("variant", given);
export const consent = (...given) => call("consent", given);
export const optOut = () => call("optOut", []);
export const optIn = () => call("optIn", []);
export const flush = () => call("flush", []);

export const hasOptedOut = () => !isServer() && !!quietly(() => localStorage.getItem("tidemark_ignore"));

export const debug = (wanted) => {
  isDebugging = wanted;
  call("debug", [wanted]);
};
