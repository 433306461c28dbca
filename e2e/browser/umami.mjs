// Umami's published tracker, unmodified, on a page of a shop.
import { readFileSync } from "node:fs";

import { open, watch } from "./browser.mjs";
import { listen, serve, until } from "./site.mjs";

const { EDGE_URL, SITE, UMAMI_TRACKER } = process.env;
const ENDPOINT = `${EDGE_URL}/api/send`;

const html = `<!doctype html><title>Lantern &amp; Loom</title>
  <button data-umami-event="Newsletter" data-umami-event-plan="free">Subscribe</button>
  <script defer src="/script.js" data-website-id="${SITE}" data-host-url="${EDGE_URL}"></script>`;

const browser = await open();
const site = await serve(html, { "/script.js": readFileSync(UMAMI_TRACKER, "utf8") });
try {
  const page = await (await browser.newContext({ viewport: { width: 1300, height: 800 } })).newPage();
  const check = watch(page, "umami");
  const sent = listen(page, ENDPOINT);
  await page.goto(`${site.url}/?utm_source=newsletter`);
  await until("first page view", sent, () => sent[0]?.status);
  // The browser asks before it sends JSON and, from here on, what it was answered.
  const told = await page.evaluate(() => umami.track("Signup", { plan: "pro", seats: 3, address: { city: "Graz" } }));
  const { cache, sessionId, visitId, beep } = JSON.parse(told);
  if (!cache || !/^[0-9a-f-]{36}$/.test(sessionId) || !/^[0-9a-f-]{36}$/.test(visitId) || beep) {
    throw new Error(`the tracker was told ${told}`);
  }
  await page.click("button");
  await page.evaluate(() => umami.track("Purchase", { revenue: 19.9, currency: "EUR" }));
  await page.evaluate(() => umami.identify({ plan: "pro" }));
  await page.evaluate(() => history.pushState({}, "", "/lamps & rugs"));
  await until("all events", sent, () => sent.length === 6 && sent.every(({ status }) => status));
  for (const [position, entry] of sent.entries()) {
    const { status, answer, headers, failure } = entry;
    const echoes = "x-umami-cache" in headers === position > 0;
    if (failure || status !== 200 || answer["x-tidemark-dropped"] || !echoes) {
      throw new Error(`not taken: ${JSON.stringify(entry)}`);
    }
  }
  const last = await page.evaluate(() => umami.track("Last"));
  if (JSON.parse(last).sessionId !== sessionId) throw new Error(`another session: ${told} ${last}`);
  check();
} finally {
  await browser.close();
  site.close();
}
