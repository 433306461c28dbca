// A segment by what people did: from nothing to its number, kept, and filtered by on all pages.
import { readFile } from "node:fs/promises";

import { accessible, open, watch } from "./browser.mjs";
import { OverviewPage, PATIENCE_MS, until } from "./pages/overview.mjs";

const { SIGN_IN_LINK, SITE } = process.env;

const browser = await open();
const origin = new URL(SIGN_IN_LINK).origin;
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
// A segment that is not there is asked for on purpose.
const check = watch(page, "behaviour", /status of 400/);
const overview = new OverviewPage(page, origin, SITE);
const people = page.getByTestId("people");
const rule = (number) => page.getByRole("listitem", { name: `Rule ${number}` });
try {
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => url.pathname !== "/signin", { timeout: PATIENCE_MS });

  await step("a site without segments says what they are", async () => {
    await page.goto(`${origin}/sites/${SITE}/segments?v=1&period=7d`);
    await page.getByTestId("begin").waitFor({ timeout: PATIENCE_MS });
    await accessible(page, "no segments");
    await page.getByRole("link", { name: "New segment" }).click();
    await page.getByText("how many they are shows at once").waitFor({ timeout: PATIENCE_MS });
  });

  await step("a rule is answered as soon as it is whole", async () => {
    await rule(1).getByLabel("Rule 1: name").fill("purchase");
    await page.keyboard.press("Enter");
    await counts(2);
    await until("the share of all", async () => (await page.getByTestId("share").textContent()) === "40% of all 5");
    await rule(1).getByLabel("Rule 1: how often").selectOption("at least");
    await counts(1);
    await rule(1).getByLabel("Rule 1: times").fill("1");
    await page.keyboard.press("Enter");
    await counts(2);
    await rule(1).getByLabel("Rule 1: sum of").selectOption("sum of revenue");
    await rule(1).getByLabel("Rule 1: amount").fill("50");
    await page.keyboard.press("Enter");
    await counts(1);
    await rule(1).getByLabel("Rule 1: what").selectOption("Did not do");
    await counts(4);
    await accessible(page, "a segment");
  });

  await step("rules are joined by all or any, and a step back takes one away", async () => {
    await page.getByRole("button", { name: "Add rule" }).click();
    await rule(2).getByLabel("Rule 2: name").fill("purchase");
    await page.keyboard.press("Enter");
    await counts(1);
    await page.getByLabel("How rules are joined").selectOption("any of these holds");
    await counts(5);
    await page.goBack();
    await counts(1);
    await rule(2).getByRole("button", { name: "Remove rule 2" }).click();
    await counts(4);
    await rule(1).getByLabel("Rule 1: what").selectOption("Did");
    await counts(1);
  });

  await step("a link shows the same, and it is kept under a name", async () => {
    await page.reload();
    await counts(1);
    await page.getByRole("button", { name: "Save segment" }).click();
    await page.getByLabel("Name of the segment").fill("Big buyers");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Big buyers" }).waitFor({ timeout: PATIENCE_MS });
    await counts(1);
    const [{ name, filters }] = (await overview.api("GET", `sites/${SITE}/segments`)).body.segments;
    const sum = { of: "revenue", currency: "EUR", at_least: 50 };
    const expected = ["did", { event_type: "purchase", at_least: 1, sum }];
    if (name !== "Big buyers" || JSON.stringify(filters[1].sum) !== JSON.stringify(sum) || filters[0] !== expected[0]) {
      throw new Error(JSON.stringify({ name, filters }));
    }
    await page.getByRole("link", { name: "All segments" }).click();
    await page.getByRole("heading", { name: "Big buyers" }).waitFor({ timeout: PATIENCE_MS });
    await accessible(page, "segments that are kept");
    await page.getByRole("link", { name: /Big buyers/ }).click();
    await counts(1);
  });

  await step("the overview is filtered by it", async () => {
    await page.getByRole("link", { name: "Use as a filter" }).click();
    await overview.shows("kpi-unique_users", 1);
    await page.getByText("Big buyers").first().waitFor({ timeout: PATIENCE_MS });
  });

  await step("period and filters go along from page to page, and back", async () => {
    const go = async (name, ...parts) => {
      await page.getByRole("navigation", { name: "Pages of the site" }).getByRole("link", { name, exact: true }).click();
      const wanted = [...parts, "f=is,segment,1"];
      await until(`${name} with ${wanted}`, () => wanted.every((part) => page.url().split(/[?&]/).includes(part)));
    };
    await page.keyboard.press("w");
    await go("People", "period=7d");
    await go("Alerts", "period=7d");
    await page.getByTestId("alerts").waitFor({ timeout: PATIENCE_MS });
    await go("Dashboards", "period=7d");
    await page.getByRole("button", { name: /^The week/ }).waitFor({ timeout: PATIENCE_MS });
    await go("Explore", "period=7d");
    const range = page.locator('select[data-testid="range"]');
    await until("the report over 7 days", async () => (await range.count()) === 1 && (await range.inputValue()) === "7d");
    await range.selectOption("30d");
    await until("the report over 30 days", () => page.url().includes("range=30d"));
    await go("Overview", "period=30d");
    await overview.shows("kpi-unique_users", 1);
  });

  await step("a report is filtered by it", async () => {
    await page.goto(`${origin}/sites/${SITE}/explore?v=1&metrics=unique_users,events`);
    const total = (name, number) => page.locator(`[data-testid="totals"] [data-name="${name}"][data-value="${number}"]`).waitFor({ timeout: PATIENCE_MS });
    await total("unique_users", 5);
    await page.getByRole("button", { name: "Add filter" }).click();
    // By something else first: its operators and its value are not those of a segment.
    await page.getByLabel("Operator").selectOption("contains");
    await page.getByLabel("Dimension").selectOption("segment", { timeout: PATIENCE_MS });
    const operators = await page.getByLabel("Operator").locator("option").allInnerTexts();
    if (operators.join() !== "is,is not") throw new Error(`operators of a segment: ${operators}`);
    await page.getByLabel("Value").selectOption({ label: "Big buyers" });
    await accessible(page, "a filter by a segment");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await total("unique_users", 1);
    await total("events", 3);
    if (!page.url().includes("f=is,segment,1")) throw new Error(page.url());
    await page.reload();
    await total("unique_users", 1);
    await page.getByText("Segment is Big buyers").waitFor({ timeout: PATIENCE_MS });
    // A report that is kept keeps it too.
    await page.getByRole("button", { name: "Save report" }).click();
    await page.getByLabel("Name of the report").fill("What they do");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "What they do" }).waitFor({ timeout: PATIENCE_MS });
    await page.getByRole("button", { name: "Remove the filter Segment is Big buyers" }).click();
    await total("unique_users", 5);
    await page.goBack();
    await total("unique_users", 1);
  });

  await step("a funnel is told apart by it", async () => {
    await page.goto(`${origin}/sites/${SITE}/funnels?v=1&period=7d&step=event,pageview&step=event,purchase`);
    await page.getByLabel("Add a segment").selectOption({ label: "Big buyers" }, { timeout: PATIENCE_MS });
    const card = page.getByTestId("segments").and(page.locator("section"));
    const row = (name) => card.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
    const cells = async (name) => (await row(name).locator("td").allInnerTexts()).slice(0, 3).join();
    await row("In Big buyers").waitFor({ timeout: PATIENCE_MS });
    await until("the segment", async () => (await cells("In Big buyers")) === "1,1,100.0%");
    await until("all others", async () => (await cells("Not in Big buyers")) === "4,1,25.0%");
    await accessible(page, "a funnel by segments");
    const [file] = await Promise.all([page.waitForEvent("download"), card.getByRole("button", { name: "Export as CSV" }).click()]);
    const [head, inside, outside] = (await readFile(await file.path(), "utf8")).split("\r\n");
    if (!head.startsWith("Segment,") || !head.endsWith(",Conversion,Median time")) throw new Error(head);
    if (!inside.startsWith("In Big buyers,1,1,100.0%,")) throw new Error(inside);
    if (!outside.startsWith("Not in Big buyers,4,1,25.0%,")) throw new Error(outside);
    await page.reload();
    await row("In Big buyers").waitFor({ timeout: PATIENCE_MS });
    await page.getByRole("button", { name: "Remove the segment Big buyers" }).click();
    await card.waitFor({ state: "detached", timeout: PATIENCE_MS });
    await page.goto(`${origin}/sites/${SITE}/funnels?v=1&period=7d&step=event,pageview&step=event,purchase&breakdown_segments=9`);
    await page.getByRole("alert").filter({ hasText: "no segment 9" }).first().waitFor({ timeout: PATIENCE_MS });
  });
} finally {
  await browser.close();
}
check();

/** Waits until the segment has so many people. */
async function counts(number) {
  await until(`${number} people`, async () => (await people.count()) === 1 && (await people.getAttribute("data-value")) === String(number)
    && (await page.locator(".people-answer.stale").count()) === 0);
}

async function step(name, run) {
  const since = Date.now();
  await run();
  console.log(`ok ${name} (${Date.now() - since} ms)`);
}
