// Opens the dashboard in one window and the shop in another, clicks, and waits for the numbers to move.
import { accessible, open, watch } from "./browser.mjs";

const { SHOP_URL, SIGN_IN_LINK } = process.env;
const CLICKS = 10;
/** Longest wait for one number. Far above what is expected: the figure is printed, not asserted. */
const PATIENCE_MS = 30_000;

const browser = await open();
const dashboard = await (await browser.newContext()).newPage();
try {
  const shop = await (await browser.newContext()).newPage();
  const checks = [watch(dashboard, "dashboard"), watch(shop, "shop")];

  await dashboard.goto(SIGN_IN_LINK);
  await dashboard.getByText("Waiting for the first event").waitFor({ timeout: PATIENCE_MS });
  await accessible(dashboard, "dashboard of a new site");

  await shop.goto(SHOP_URL);
  await shows("kpi-pageviews", 1);
  await shows("live-visitors", 1);
  await shows("kpi-unique_users", 1);

  const waits = [];
  for (let click = 1; click <= CLICKS; click++) {
    const name = click % 2 ? "Lamps" : "Rugs";
    const begun = performance.now();
    await shop.getByRole("link", { name, exact: true }).click();
    await shows("kpi-pageviews", 1 + click);
    waits.push(performance.now() - begun);
  }
  await shop.getByRole("button", { name: "Add to cart" }).first().click();
  await shows("kpi-events", 2 + CLICKS);

  const rows = await dashboard.getByTestId("panel-pages").locator("[data-value]").allTextContents();
  for (const page of ["/lamps", "/rugs"]) {
    if (!rows.some((row) => row.includes(page))) throw new Error(`${page} is not among the top pages: ${rows}`);
  }
  await accessible(dashboard, "dashboard");
  await accessible(shop, "shop");
  for (const check of checks) check();

  const sorted = waits.toSorted((a, b) => a - b);
  const median = (sorted[CLICKS / 2 - 1] + sorted[CLICKS / 2]) / 2;
  console.log(
    `click to dashboard: median ${median.toFixed(0)} ms of ${CLICKS}, slowest ${sorted.at(-1).toFixed(0)} ms`,
  );

  /** Waits until the number under a test id is `count`. */
  async function shows(id, count) {
    const place = dashboard.locator(`[data-testid="${id}"][data-value="${count}"]`);
    try {
      await place.waitFor({ state: "attached", timeout: PATIENCE_MS });
    } catch {
      const found = await dashboard.getByTestId(id).getAttribute("data-value").catch(() => "nothing");
      throw new Error(`${id} shows ${found}, not ${count}`);
    }
  }
} catch (error) {
  console.error("the dashboard said:\n" + (await dashboard.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
}
