// Everything behind the loader: what `tidemark` can be asked for, and what the page is watched for.
import { listen as watchClicks } from "./clicks.js";
import * as engaged from "./engagement.js";
import { calls, clock, cut, event, isPrivate, on, options, quietly, refusal, say, setDebug, shared, stored, words } from "./sdk.js";
import { erase, forget, keep, mayStore } from "./storage.js";
import { begin, flush, leave, resume, send, sender, share } from "./transport.js";
import { listen as watchVitals, measured } from "./vitals.js";

const PROPERTIES_MAX = 32;
const HELD_MAX = 1000;

/** URL, referrer and, where it is not the document's, title of the page that events are of. */
let place = shared.page && { ...shared.page, title: undefined };
let group;
/** What the page calls its visitor. */
let person;
/** The call at hand, where it was made before this file was there: see `calls` in `../loader.js`. */
let early = [];
/** Whether the site waits for an answer of the visitor, and has none. */
let undecided = "consent" in options && !mayStore();
let denied = false;
let held = [];
const variants = new Set();

/** The page's URL. In hash mode its fragment is a part of the path. */
const currentUrl = () => {
  const [page, route] = (early[3] || location.href).split("#");
  const [path, search] = page.split(/(?=\?)/);
  return "hash" in options && route ? path.replace(/\/?$/, "/") + route.replace(/^!?\//, "") + (search || "") : page;
};

const absolute = (url) => new URL(url, location.href).href;

/** The page as it is now, and where it was come from. */
const here = () => ({ url: currentUrl(), referrer: place ? place.url : document.referrer });

/** Whether a URL's path is one of a list of patterns: `*` within a segment, `**` across. */
const matches = (patterns, url) =>
  patterns.split(",").some((pattern) =>
    new RegExp(
      `^${pattern.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\*\\\*/g, ".*").replace(/\\\*/g, "[^/]*")}$`,
    ).test(new URL(url).pathname));

/** Why events of a page are not counted. */
const reasonAgainst = (url) =>
  refusal() ||
  (denied && "consent denied") ||
  (options.exclude != null && matches(options.exclude, url) && "path is in data-exclude") ||
  (options.include != null && !matches(options.include, url) && "path is not in data-include");

/** The properties that are text, finite numbers or booleans, within the edge's limits. */
const flat = (properties) =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(
        ([key, value]) => key && (/^(string|boolean)$/.test(typeof value) || Number.isFinite(value)) || say("property ignored:", key),
      )
      .slice(0, PROPERTIES_MAX)
      .map(([key, value]) => [cut(key, 64), cut(value, 1024)]),
  );

/** Counts an event, unless there is a reason not to. */
const record = (
  type,
  properties,
  { revenue, url, callback, at = early[2] || clock(), page = place || here(), title = page.title ?? early[4] ?? document.title, ...more } = {},
) => {
  const full = url ? absolute(url) : page.url;
  const reason = reasonAgainst(full);
  if (reason) {
    say(type, "ignored:", reason);
    callback?.({ reason });
    return;
  }
  if (undecided) {
    if (held.length < HELD_MAX) held.push([type, properties, { revenue, url, callback, at, page, title, ...more }]);
    return;
  }
  const where = { url: cut(full, 2048), title: cut(`${title}`, 512), referrer: cut(`${page.referrer}`, 2048) };
  const text = event(cut(`${type}`.replace(/[\0-\x1f\x7f-\x9f]/g, " "), 64), where, {
    revenue: revenue && { amount: +revenue.amount, currency: `${revenue.currency}` },
    custom_properties: flat({ group, ...properties }),
    ...more,
    at_ms: at,
  });
  send(text, callback);
};

/** What of reading the page was not told yet. */
const tellEngagement = () => {
  const told = options.engagement != "off" && place && engaged.engagement();
  if (told) record("engagement", told.custom_properties, { engaged_ms: told.engaged_ms });
};

/** A page view. */
const view = (page, properties) => {
  tellEngagement();
  place = page;
  engaged.begin();
  record("pageview", properties);
  flush();
};

/** A page view, unless the page is the same as before. Fragments are places within a page. */
const navigated = () => {
  const page = here();
  if (page.url != place?.url) view(page);
};

const methods = {
  track: (name, properties, more) => name && record(name, properties, choose(more)),
  page: ({ url, title, referrer, props } = {}) => {
    const page = here();
    view({ url: url ? absolute(url) : page.url, title, referrer: referrer ?? page.referrer }, props);
  },
  identify: (userId, traits) => {
    if (isPrivate()) return say("identify ignored: the browser asks for privacy");
    person = userId && cut(`${userId}`, 128);
    if (!mayStore()) say("identify: without consent, no id is sent");
    else if (person) know(person);
    if (traits) record("identify", traits);
  },
  group: (id) => {
    group = id;
  },
  reset: () => {
    group = person = undefined;
    if (mayStore()) know(newId());
  },
  consent: ({ analytics } = {}) => {
    denied = false;
    if (analytics == "granted") {
      if (isPrivate()) say("storage ignored: the browser asks for privacy");
      else know(person || stored("id") || newId());
    } else {
      erase();
      denied = "consent" in options;
    }
    undecided = false;
    resume();
    for (const event of held.splice(0)) record(...event);
    flush();
  },
  optOut: () => keep("ignore", true),
  optIn: () => forget("ignore"),
  variant: (experiment, variant) => {
    const key = `${experiment}\n${variant}`;
    if (!variants.has(key)) record("experiment", { experiment, variant });
    variants.add(key);
  },
  flush,
  debug: (wanted) => {
    setDebug(wanted);
    say(sender());
  },
};

/** Has later events come from somebody, on this page and the next. */
const know = (id) => {
  keep("id", id);
  share();
};

const newId = () => words().map((word) => word.toString(36).padStart(7, 0)).join("");

/** What a caller may say beside name and properties. */
const choose = ({ revenue, url, callback } = {}) => ({ revenue, url, callback });

const start = async () => {
  await new Promise((idle) => (window.requestIdleCallback || setTimeout)(idle, { timeout: 2000 }));
  // A page that is rendered ahead of time counts when it is shown.
  if (document.prerendering) await new Promise((shown) => on(document, "prerenderingchange", shown));
  await begin();
  shared.run = (name, given) => methods[name](...given);
  if (place) engaged.begin();
  const look = () => options.manual == null && quietly(navigated);
  for (early of calls.splice(0)) {
    look();
    quietly(() => shared.run(...early));
  }
  early = [];
  look();

  if (options.manual == null) {
    for (const name of ["pushState", "replaceState"]) {
      quietly(() => {
        const original = history[name];
        history[name] = function (...given) {
          const result = original.apply(this, given);
          quietly(navigated);
          return result;
        };
      });
    }
    on(window, "popstate", navigated);
    if ("hash" in options) on(window, "hashchange", navigated);
    on(window, "pageshow", ({ persisted }) => persisted && view({ ...here(), referrer: document.referrer }));
  }
  if ("404" in options) {
    const [{ responseStatus } = {}] = performance.getEntriesByType("navigation");
    if (responseStatus == 404 || options[404] == "page") record("404", { path: location.pathname });
  }
  watchClicks((name, properties, more) => name && record(name, properties, more || {}));
  if ("vitals" in options) watchVitals();
  const depart = () => {
    tellEngagement();
    const vitals = measured();
    if (vitals) record("web-vitals", vitals);
    leave();
  };
  on(window, "pagehide", depart);
  on(document, "visibilitychange", () => document.visibilityState == "hidden" && depart());
};

start().catch(() => {});
