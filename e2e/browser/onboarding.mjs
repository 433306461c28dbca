// From a server without a site to the first event of a page, through the dashboard alone.
import { createServer } from "node:http";

import { open, watch } from "./browser.mjs";
import { OnboardingPage } from "./pages/onboarding.mjs";
import { PATIENCE_MS } from "./pages/settings.mjs";

const { SETUP_LINK, EDGE_URL } = process.env;

const browser = await open();
const origin = new URL(SETUP_LINK).origin;
const page = await (await browser.newContext({ timezoneId: "Asia/Tokyo" })).newPage();
const check = watch(page, "owner", /the server responded with a status of 400/);
const onboarding = new OnboardingPage(page, origin);
let customer;
try {
  await page.goto(SETUP_LINK);
  await page.getByLabel("E-mail").fill("ann@shop.example");
  await page.getByLabel("New password", { exact: true }).fill("the tide comes in twice a day");
  await page.getByRole("button", { name: "Make the account", exact: true }).click();

  // Nothing here yet: a way to begin.
  await page.getByRole("heading", { name: "No sites yet" }).waitFor({ timeout: PATIENCE_MS });
  await onboarding.accessible("no sites");
  await page.getByRole("link", { name: "Add a site" }).click();
  await onboarding.has("Add a site", "Time zone", "Asia/Tokyo");
  await onboarding.refused("Add a site", {}, "Domain", "Fill this in.");
  await onboarding.refused("Add a site", { Domain: "shop.example", "Time zone": "Tokio" }, "Time zone", "Must be a name of the IANA");
  await onboarding.accessible("new site");
  await onboarding.reflows("new site");
  const site = await onboarding.add({ Domain: "https://shop.example/home", "Time zone": "Europe/Vienna" });

  // What to put where, and nothing has arrived.
  await onboarding.checked("First event", "Nothing yet.");
  await page.getByTestId("refused").getByText("Nothing was refused.").waitFor({ timeout: PATIENCE_MS });
  await onboarding.accessible("installation");
  await onboarding.reflows("installation");
  for (const way of ["npm", "React", "Next.js", "Vue", "Leptos", "Rust", "Node", "Tag Manager", "WordPress", "No script", "Script"]) {
    const text = await onboarding.snippet(way);
    if (!text.includes(site) || !text.includes(EDGE_URL)) throw new Error(`${way}: ${text}`);
  }
  await page.getByRole("tab", { name: "Script", exact: true }).press("ArrowRight");
  await page.locator('[role="tab"]:focus', { hasText: "npm" }).waitFor({ timeout: PATIENCE_MS });

  // This browser is steered by a program, and the page says so.
  await onboarding.tested("did not count it: filtered (automation)");
  await page.getByTestId("refused").getByText("A browser that a program steers").waitFor({ timeout: PATIENCE_MS });
  await onboarding.checked("First event", "Nothing yet.");
  await onboarding.open("general");
  await onboarding.has("Name", "Name", "shop.example");
  await onboarding.save("Programs", { "Leave programs out": false });
  await page.getByRole("link", { name: "Installation" }).click();
  await onboarding.tested("Counted: it was here after");
  await onboarding.checked("First event", "test event");
  await onboarding.checked("Pages", "shop.example");
  await onboarding.accessible("installation with a test event");

  // A page of the customer's, with the snippet as it is copied. It is a local page, and says so.
  const snippet = (await onboarding.snippet("Script")).replace("<script", "<script data-local");
  customer = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">${snippet}</head></html>`);
  });
  await new Promise((ready) => customer.listen(0, "127.0.0.1", ready));
  const shop = await (await browser.newContext()).newPage();
  await shop.goto(`http://127.0.0.1:${customer.address().port}/`);
  await onboarding.checked("First event", "counted.");
  await onboarding.checked("Pages", "127.0.0.1");
  await onboarding.accessible("installation with events");
  await page.getByRole("link", { name: "Open the dashboard" }).click();
  await page.locator('[data-testid="kpi-pageviews"][data-value="1"]').waitFor({ state: "attached", timeout: PATIENCE_MS });
  check();
} catch (error) {
  console.error(`${page.url()} said:\n${await page.innerText("body").catch(() => "nothing")}`);
  throw error;
} finally {
  customer?.close();
  await browser.close();
}
