// A site whose pages are one article each, with another tracker or none, and the server that answers what they send.
// Everything comes from one origin on loopback, at once: what is measured is the browser, and no network.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { build } from "esbuild";

const { SDK_DIR, UMAMI_TRACKER, POSTHOG_TRACKER } = process.env;

const TYPES = { js: "text/javascript", wasm: "application/wasm" };
/** Gives pages the finest clock that a browser has. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};
/** The policy that forbids WebAssembly. */
const STRICT = { "content-security-policy": "script-src 'self' 'unsafe-inline'" };
const OURS = '<script defer src="/sdk/tidemark.js" data-site="bench" data-local data-vitals></script>';

const PLAUSIBLE = `
  import { init, track } from "@plausible-analytics/tracker";
  window.plausible = track;
  init({ domain: "bench", endpoint: "/api/event", captureOnLocalhost: true, outboundLinks: true, fileDownloads: true,
    formSubmissions: true });`;
/** What PostHog's own snippet leaves for its script. */
const POSTHOG = `window.posthog = [];
  posthog.__SV = 1;
  posthog._i = [["phc_bench", { api_host: location.origin, opt_out_useragent_filter: true }]];`;

/** Pages by name: what stands in their head, and headers of their own. `track` is how the page's events are sent. */
export const KINDS = {
  // Its calls are the floor: what the clock and the machine's other work do to any call.
  none: { head: "", track: () => {}, ready: () => true },
  wasm: { head: OURS, track: ours },
  js: { head: OURS, headers: STRICT, track: ours },
  umami: {
    head: '<script defer src="/umami.js" data-website-id="bench"></script>',
    track: (name, props) => window.umami.track(name, props),
    ready: () => window.umami,
    drain: (name) => window.umami.track(name),
  },
  plausible: {
    head: '<script defer src="/plausible.js"></script>',
    track: (name, props) => window.plausible(name, { props }),
    ready: () => window.plausible,
    drain: (name) => new Promise((callback) => window.plausible(name, { callback })),
  },
  posthog: {
    head: `<script>${POSTHOG}</script><script defer src="/posthog.js"></script>`,
    track: (name, props) => window.posthog.capture(name, props),
    ready: () => window.posthog?.capture && window.posthog.__loaded,
  },
};
Object.assign(KINDS.wasm, { ready: told, drain: answered });
Object.assign(KINDS.js, { ready: told, drain: answered });

function ours(name, props) {
  window.tidemark.track(name, props);
}

/** `bench.ready` is when the core first took calls (`measure.mjs`). */
function told() {
  return window.bench.ready;
}

function answered(name) {
  return new Promise((callback) => window.tidemark.track(name, {}, { callback }));
}

const article = Array.from(
  { length: 60 },
  (_, part) => `<section><h2>Part ${part}</h2><p>${"A lamp that warms the room you stay in. ".repeat(12)}</p>
    <a href="/none?${part}">more</a></section>`,
).join("");

/** What the servers of trackers answer. */
const ANSWERS = {
  "/api/v1/events": [204],
  "/api/event": [202, "text/plain", "ok"],
  "/api/send": [200, "application/json", '{"cache":"x","sessionId":"x","visitId":"x"}'],
};

/** Opens the site. `idsOf(page)` are the ids of the events that a page of ours has sent. */
export async function openSite() {
  const files = {
    "/umami.js": readFileSync(UMAMI_TRACKER),
    "/posthog.js": readFileSync(POSTHOG_TRACKER),
    "/plausible.js": await bundle(PLAUSIBLE),
  };
  const ids = new Map();
  const server = createServer(async (request, response) => {
    const path = request.url.split("?")[0];
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      if (path === "/api/v1/events") {
        const batch = JSON.parse(Buffer.concat(chunks));
        for (const { page, event_id } of batch.events) {
          // The loader's one event is known by its batch.
          idsOf(new URL(page.url).search).push(event_id ?? batch.batch_id);
        }
      }
      const [status, type, body] = ANSWERS[path] ?? [200, "application/json", "{}"];
      return response.writeHead(status, type && { "content-type": type }).end(body);
    }
    const [, folder, file] = path.split("/");
    const kind = KINDS[folder];
    if (kind) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...ISOLATED, ...kind.headers });
      return response.end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>An article</title>
<link rel="icon" href="data:,"><style>body { font: 1rem/1.5 sans-serif; max-width: 40rem; margin: auto }</style>${kind.head}</head>
<body><h1>An article</h1>${article}</body></html>`);
    }
    const content = folder === "sdk" ? readFileSync(join(SDK_DIR, file)) : files[path];
    if (!content) return response.writeHead(404, ISOLATED).end();
    response.writeHead(200, { "content-type": TYPES[path.split(".").pop()], ...ISOLATED }).end(content);
  });
  const idsOf = (page) => ids.get(page) ?? ids.set(page, []).get(page);
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}`, idsOf, close: () => server.close() };
}

async function bundle(contents) {
  const stdin = { contents, resolveDir: import.meta.dirname };
  const options = { bundle: true, minify: true, format: "iife", write: false, logLevel: "error" };
  const { outputFiles } = await build({ stdin, ...options });
  return outputFiles[0].text;
}
