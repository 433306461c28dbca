// Plausible's published trackers, unmodified, on pages of a shop: everything that they send has to be taken.
import { build } from "esbuild";

import { open, watch } from "./browser.mjs";
import { listen, serve, until } from "./site.mjs";

const { EDGE_URL, SITE } = process.env;
const ENDPOINT = `${EDGE_URL}/api/event`;

const NEW_TRACKER = `
  import { init, track } from "@plausible-analytics/tracker";
  window.trackEvent = track;
  init({
    domain: ${JSON.stringify(SITE)}, endpoint: ${JSON.stringify(ENDPOINT)}, captureOnLocalhost: true,
    outboundLinks: true, fileDownloads: true, formSubmissions: true, customProperties: { theme: "dark" },
  });`;
const OLD_TRACKER = `
  import Plausible from "plausible-tracker";
  const options = { domain: ${JSON.stringify(SITE)}, apiHost: ${JSON.stringify(EDGE_URL)}, trackLocalhost: true };
  const { enableAutoPageviews, trackEvent } = Plausible({ ...options, hashMode: location.pathname === "/app" });
  window.trackEvent = trackEvent;
  enableAutoPageviews();`;

/** A page that is long enough to be scrolled. */
const html = (script) => `<!doctype html><title>Shop</title><body style="min-height: 4000px">
  <button id="classes" class="plausible-event-name=Newsletter plausible-event-plan=free">Subscribe</button>
  <a id="outbound" target="_blank" href="http://localhost:9/elsewhere?secret=1">Elsewhere</a>
  <a id="download" target="_blank" href="/prices.pdf">Prices</a>
  <form id="form" target="_blank" action="/sent"><button>Send</button></form>
  <script type="module" src="${script}"></script>`;

const browser = await open();
try {
  await newTracker();
  await oldTracker();
} finally {
  await browser.close();
}

async function newTracker() {
  // What its links open is no page of the shop, and tracks nothing.
  const site = await serve(html("/new.js"), { "/new.js": await bundle(NEW_TRACKER), "/prices.pdf": "", "/sent": "" });
  const context = await browser.newContext();
  const page = await context.newPage();
  const check = watch(page, "new tracker");
  const sent = listen(page, ENDPOINT);
  await page.goto(`${site.url}/?utm_source=newsletter`);
  await until("first page view", sent, () => named(sent, "pageview")[0]);

  const status = await page.evaluate(
    () => new Promise((told) => trackEvent("Signup", { props: { plan: "pro", seats: 3 }, callback: told })),
  );
  if (status.status !== 202) throw new Error(`the callback was told ${JSON.stringify(status)}`);
  await page.evaluate(() => trackEvent("Purchase", { revenue: { amount: "19.90", currency: "EUR" }, interactive: false }));
  await page.click("#classes");
  for (const link of ["#outbound", "#download", "#form button"]) {
    const [other] = await Promise.all([context.waitForEvent("page"), page.click(link)]);
    await other.close();
  }
  await page.evaluate(() => scrollTo(0, 3000));
  // Far enough below what the tracker asks of an engagement, and time to have read a little.
  await page.evaluate(() => new Promise((read) => setTimeout(read, 500)));
  await page.evaluate(() => history.pushState({}, "", "/lamps"));
  await until("second page view", sent, () => named(sent, "pageview")[1]);
  await until("engagement", sent, () => named(sent, "engagement")[0]);
  const names = ["Signup", "Purchase", "Newsletter", "Outbound Link: Click", "File Download", "Form: Submission"];
  for (const name of names) {
    await until(name, sent, () => named(sent, name)[0]);
  }
  taken(sent);
  check();
  await context.close();
  site.close();
}

async function oldTracker() {
  const site = await serve(html("/old.js"), { "/old.js": await bundle(OLD_TRACKER) });
  const page = await (await browser.newContext()).newPage();
  const check = watch(page, "old tracker");
  const sent = listen(page, ENDPOINT);
  await page.goto(`${site.url}/old`);
  await page.evaluate(() => trackEvent("Old signup", { props: { plan: "basic" } }));
  await page.evaluate(() => history.pushState({}, "", "/old/lamps"));
  await until("what the old tracker sends", sent, () => sent.length === 3);
  // Routes in the fragment.
  await page.goto(`${site.url}/app#/cart`);
  await until("a route", sent, () => sent.length === 4);
  taken(sent);
  check();
  await page.context().close();
  site.close();
}

/** The events of a name that were answered. */
function named(sent, name) {
  return sent.filter(({ body, status }) => status && body.n === name);
}

/** Fails unless every event was answered as Plausible answers what it takes. */
function taken(sent) {
  for (const entry of sent) {
    const { status, answer, failure } = entry;
    if (failure || status !== 202 || answer["x-plausible-dropped"] || answer["access-control-allow-origin"] !== "*") {
      throw new Error(`not taken: ${JSON.stringify(entry)}`);
    }
  }
}

async function bundle(contents) {
  const stdin = { contents, resolveDir: import.meta.dirname ?? process.cwd() };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", write: false, logLevel: "error" });
  return outputFiles[0].text;
}
