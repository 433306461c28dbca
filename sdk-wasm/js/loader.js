// Tidemark's script tag:
//
//   <script async src="https://HOST/sdk/tidemark.js" data-site="UA-123456-1"
//           data-endpoint="https://edge.example"></script>
//
// `data-endpoint` defaults to the script's own origin. To track before the script is there:
//
//   window.tidemark = window.tidemark || { q: [], track() { this.q.push(arguments); } };
//
// This file listens to the page; the core (WebAssembly, `./core.js`) encodes, queues and sends.
// What happens before the core is ready is kept and handed over. Where the page's policy forbids
// WebAssembly nothing is counted. Nothing in here may throw into the page.
import { begin, instantiate, leave, track } from "./core.js";

/** Most calls that are kept until the core is ready. */
const CALLS_MAX = 1000;

/** A function that fails silently. */
const quietly = (work) => (...given) => {
  try {
    return work(...given);
  } catch {}
};

const script = document.currentScript;
let calls = [];
let forward = (call) => calls.length < CALLS_MAX && calls.push(call);
let url;
let referrer;

/** One event, with what only this moment knows. */
const record = quietly((name, properties) => {
  if (name) {
    forward([`${name}`, Object.entries(properties || {}), url, document.title, referrer, performance.now()]);
  }
});

/** A pageview, unless the page is the same as before. Fragments are places within a page. */
const pageview = quietly(() => {
  const next = location.href.split("#")[0];
  if (next !== url) {
    referrer = url || document.referrer;
    url = next;
    record("pageview");
  }
});

const depart = quietly(() => leave());

const listen = () => {
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = function (...given) {
      const result = original.apply(this, given);
      pageview();
      return result;
    };
  }
  addEventListener("popstate", pageview);
  addEventListener("pagehide", depart);
  document.addEventListener("visibilitychange", () => document.visibilityState == "hidden" && depart());
};

const load = async () => {
  try {
    const { site, endpoint } = script.dataset;
    await instantiate(new URL("tidemark.wasm?v=" + MODULE_HASH, script.src));
    const events = (endpoint || new URL(script.src).origin).replace(/\/$/, "") + "/api/v1/events";
    const request = { method: "POST", keepalive: true, credentials: "omit" };
    begin(window, request, [site, events, navigator.language, screen.width]);
    forward = track;
    calls.forEach((call) => forward(call));
  } catch {
    forward = () => {};
  }
  calls = [];
};

const start = quietly(() => {
  const stub = window.tidemark;
  // Without a queue it is this script, loaded twice.
  if (script.dataset.site && (!stub || stub.q)) {
    window.tidemark = { track: record };
    pageview();
    listen();
    load();
    for (const call of stub?.q || []) record(...call);
  }
});

// A page that is rendered ahead of time counts when it is shown.
if (document.prerendering) {
  document.addEventListener("prerenderingchange", start, { once: true });
} else {
  start();
}
