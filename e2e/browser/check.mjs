// The installation checker on the shop's page: what it says of a healthy page, and of each thing that can be in the way.
import assert from "node:assert/strict";
import { createServer } from "node:http";

import { accessible, open } from "./browser.mjs";
import { serve } from "./site.mjs";

const { SHOP_URL, WRONG_SITE_URL, STRICT_SITE_URL, UNREACHABLE_URL } = process.env;
const PATIENCE_MS = 20_000;
/** Answers all, but lets no other site's page read it. */
const silent = await serve("");
const PHONE = { width: 360, height: 740 };

/** Pages as the shop serves them, but for headers of their own, or a text that is changed. */
const served = (headers, change = (text) => text) => ({ headers, change });
const policy = (text) => served({ "content-security-policy": text });
const option = (now) => served({}, (text) => text.replace(" data-local", ` ${now}`));

/** Pages by what is wrong: where or how they are served, what is done before they open, and what the checker has to say. */
const PAGES = {
  healthy: { says: "This page is counted", core: /^WebAssembly/, answer: /^204: all counted/ },
  "wrong site": { url: WRONG_SITE_URL, fault: "The edge does not know this site", answer: /^400.*tracking_id/ },
  "a program": { url: STRICT_SITE_URL, fault: "A program steers this browser", answer: /^200: 0 of 1 counted/ },
  unreachable: { url: UNREACHABLE_URL, fault: "The edge cannot be reached", answer: /^no answer/ },
  "opted out": { before: (page) => page.addInitScript(() => (localStorage.tidemark_ignore = "true")), fault: "This browser has opted out" },
  "no WebAssembly": { before: (page) => page.addInitScript(() => delete window.WebAssembly), says: "This page is counted", core: /^plain JavaScript .*this browser has no WebAssembly/ },
  "policy on WebAssembly": { as: policy("script-src 'unsafe-inline' http:"), says: "This page is counted", core: /^plain JavaScript .*wasm-unsafe-eval/ },
  "policy on requests": { as: policy("connect-src 'none'"), fault: "The page's policy forbids sending events", answer: /^no answer/ },
  "policy on scripts": { as: policy("script-src 'self'"), fault: "The page's policy forbids the script" },
  "no script": { before: (page) => page.route("**/sdk/tidemark.js", (route) => route.abort()), fault: "The script was not loaded" },
  "the rest is missing": { before: (page) => page.route("**/sdk/page.*", (route) => route.abort()), says: "not all of it", fault: "Only the first part of the script is there" },
  "no CORS": { as: served({}, (text) => text.replace(/data-endpoint="[^"]*"/, `data-endpoint="${silent.url}"`)), fault: "The edge's answers cannot be read" },
  "another server": { before: (page) => page.route("**/api/v1/events", (route) => route.fulfill({ status: 404, headers: { "access-control-allow-origin": "*" }, body: "no" })), fault: "There is no edge at this address" },
  limited: { before: (page) => page.route("**/api/v1/events", limit), fault: "Too much was sent", answer: /^429.*sent again after 7 s/ },
  "local page": { as: option(""), fault: "Local pages do not count" },
  consent: { as: option("data-local data-consent"), fault: "The visitor has not agreed" },
  excluded: { as: option("data-local data-exclude=/check"), fault: "This page is left out" },
  bundled: { before: (page) => page.addInitScript(() => addEventListener("load", () => document.querySelector("script[data-site]").remove())), says: "This page is counted" },
  manual: { as: option("data-local data-manual"), fault: "Page views are left to the page" },
  "no site": { as: served({}, (text) => text.replace(/data-site="[^"]*"/, "")), fault: "The script's line names no site" },
  "no line": { as: served({}, (text) => text.replace(/<script async.*<\/script>/, "")), fault: "The script is not on this page" },
};

/** A server before the shop's. What a test answers in a server's place browsers take to come from afar, and deny it this machine. */
async function inFrontOfTheShop({ headers, change }) {
  const server = createServer(async (request, response) => {
    const answer = await fetch(`${SHOP_URL}${request.url}`);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type"), ...headers });
    response.end(change(await answer.text()));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function limit(route) {
  const headers = { "access-control-allow-origin": "*", "access-control-expose-headers": "retry-after", "retry-after": "7" };
  return route.fulfill({ status: 429, headers, contentType: "application/problem+json", body: '{"title":"rate_limited","detail":"too many events"}' });
}

const browser = await open();
try {
  for (const [name, expected] of Object.entries(PAGES)) {
    const page = await (await browser.newContext()).newPage();
    const faults = [];
    page.on("pageerror", (error) => faults.push(error));
    await expected.before?.(page);
    const shop = expected.as && (await inFrontOfTheShop(expected.as));
    await page.goto(`${shop?.url ?? expected.url ?? SHOP_URL}/check`);
    await told(page, name, expected);
    if (name === "healthy") await healthy(page);
    assert.deepEqual(faults, [], name);
    await page.context().close();
    shop?.close();
  }
  await onAnotherPage();
} finally {
  await browser.close();
  silent.close();
}

async function told(page, name, { says = "This page is not counted", fault, core, answer }) {
  const options = { timeout: PATIENCE_MS };
  const seen = async () => `${name}: ${await page.evaluate(() => document.querySelector("#tidemark-check")?.shadowRoot.textContent)}`;
  try {
    await page.getByRole("status").filter({ hasText: says }).waitFor(options);
    if (fault) await page.locator(".faults li", { hasText: fault }).waitFor(options);
    else assert.equal(await page.locator(".faults li").count(), 0);
    if (core) await page.locator("dd").filter({ hasText: core }).waitFor(options);
    if (answer) await page.locator(".batches p").filter({ hasText: answer }).first().waitFor(options);
  } catch (error) {
    throw new Error(await seen(), { cause: error });
  }
  if (fault) assert.equal(await page.locator(".faults li").count(), 1, await seen());
}

/** A test event, an opt-out and back by the keyboard, light and dark, on a phone too. */
async function healthy(page) {
  const [light, dark] = ["light", "dark"];
  for (const colorScheme of [light, dark]) {
    await page.emulateMedia({ colorScheme });
    await accessible(page, `check, ${colorScheme}`);
  }
  await page.getByRole("button", { name: "Send a test event" }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".batches li", { hasText: "Check" }).filter({ hasText: "204: all counted" }).filter({ hasText: "fetch" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".faults li", { hasText: "This browser has opted out" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "This page is counted" }).waitFor();
  // What waits when a page is hidden goes as a beacon.
  await page.evaluate(() => {
    window.tidemark.track("last");
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.locator(".batches li", { hasText: "last" }).filter({ hasText: "beacon" }).waitFor();
  await page.setViewportSize(PHONE);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= PHONE.width, `the page is ${width} pixels wide on a phone`);
}

/** The same file in a page that knows nothing of it, after its script: as from a bookmark. */
async function onAnotherPage() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${SHOP_URL}/lamps`);
  await page.waitForFunction(() => window.tidemark?.track);
  await page.addScriptTag({ url: `${SHOP_URL}/check.js` });
  await page.getByRole("button", { name: "Send a test event" }).click();
  await page.locator(".batches p", { hasText: "204: all counted" }).waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  assert.equal(await page.locator("#tidemark-check").count(), 0);
}
