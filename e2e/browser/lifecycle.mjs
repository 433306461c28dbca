// Who is new, returns, comes back after a break or stays away, and what they paid: known people over three days. Rates are declared
// in the settings and change what revenue is told; a site that knows visitors for a day alone says what it cannot know.
import { open, watch } from "./browser.mjs";
import { PATIENCE_MS, PeoplePage } from "./pages/people.mjs";
import { SettingsPage } from "./pages/settings.mjs";

const { SIGN_IN_LINK, SITE, SHOTS } = process.env;
const { origin } = new URL(SIGN_IN_LINK);
const WEEK = "?v=1&period=7d";

const browser = await open();
const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
try {
  const check = watch(page, "lifecycle", /Failed to load resource/);
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"), { timeout: PATIENCE_MS });
  await lifecycle(new PeoplePage(page, origin, SITE, "lifecycle"));
  await revenue(new PeoplePage(page, origin, SITE, "revenue"));
  await withoutLastingIds(new PeoplePage(page, origin, SITE, "lifecycle"));
  check();
} catch (error) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/lifecycle-failed.png`, fullPage: true });
  console.error(page.url() + " said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
}

/** Figures of a page's totals by name. */
function totals(shown) {
  const all = shown.part("totals").locator(".total");
  return all.evaluateAll((all) => Object.fromEntries(all.map((one) => [one.dataset.name, Number(one.dataset.value)])));
}

/** The last lines of a file, without the columns of names and states that change with the day. */
async function lastLines(shown, id, columns) {
  const lines = await shown.exports(id);
  return lines.slice(-3).map((line) => line.split(",").slice(...columns).join(","));
}

async function lifecycle(shown) {
  await shown.open(WEEK);
  await shown.shows(async () => (await totals(shown)).new, 5);
  const { resurrected, dormant } = await totals(shown);
  if (resurrected !== 1 || dormant !== 3) throw new Error(`${resurrected} came back, ${dormant} stayed away`);
  // Active, new, returning, resurrected, dormant, net: by day.
  const days = await lastLines(shown, "lifecycle", [1, 7]);
  const expected = ["3,3,0,0,0,3", "2,1,1,0,2,-1", "3,1,1,1,1,1"];
  if (days.join(" ") !== expected.join(" ")) throw new Error(`${days.join(" ")}, not ${expected.join(" ")}`);
  const active = await lastLines(shown, "active", [1, 6]);
  if (active.at(-1) !== "3,5,5,60,60") throw new Error(`${active.at(-1)} are active`);
  await shown.looksRight("lifecycle");

  // The same as a table, and by keys.
  await shown.part("lifecycle").getByRole("button", { name: "View as table" }).click();
  const cells = await shown.part("lifecycle").locator("tbody tr").last().locator("td").allInnerTexts();
  if (cells.join(" ") !== "1 1 1 1") throw new Error(`the table's last day has ${cells.join(" ")}`);
  await shown.part("lifecycle").getByRole("button", { name: "View as chart" }).click();
  await shown.part("lifecycle").locator(".chart-surface").focus();
  await page.keyboard.press("ArrowLeft");
  const said = shown.part("lifecycle").locator("[aria-live]");
  await said.filter({ hasText: "Returning 1, Resurrected 1, New 1, Dormant 1" }).waitFor({ state: "attached", timeout: PATIENCE_MS });

  // Each change is one step of the history; a link shows the same.
  await page.getByLabel("Interval", { exact: true }).selectOption({ label: "each month" });
  await shown.says("interval=month");
  await shown.step(-1);
  await shown.picks("Active by", "event", "purchase");
  await shown.says("active=event,purchase");
  await shown.shows(async () => (await totals(shown)).new, 3);
  await page.getByTestId("breakdown").selectOption("country");
  await shown.says("breakdown=country");
  const groups = shown.part("groups").locator("tbody tr");
  await groups.first().waitFor({ timeout: PATIENCE_MS });
  const told = await groups.evaluateAll((rows) => rows.map((row) => row.innerText.split(/\s+/)[0]));
  if (told.join(" ") !== "France Germany") throw new Error(`groups are ${told.join(" ")}`);
  await shown.looksRight("lifecycle-by-country");
}

async function revenue(shown) {
  await shown.open(WEEK);
  // Without a reporting currency that one is told which most was paid in, and the others are named.
  await shown.shows(async () => (await totals(shown)).revenue, 25);
  await page.getByTestId("conversion").getByText("Those in EUR are not added").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("revenue-apart");

  const settings = new SettingsPage(page, origin, SITE);
  await settings.open("currencies");
  await settings.send("Declare a rate", { Currency: "USD", "Is worth": "0.5" });
  await settings.form("Declare a rate").getByText(/reporting_currency/).waitFor({ timeout: PATIENCE_MS });
  await settings.save("Reporting currency", { Currency: "eur" });
  await settings.refused("Declare a rate", { Currency: "USD", "Is worth": "a half" }, "Is worth", "Must be a decimal number");
  await settings.send("Declare a rate", { Currency: "usd", "Is worth": "0.5", "Rate of": "2026-02-01" });
  await settings.row("1 USD = 0.5 EUR").getByText("of 2026-02-01").waitFor({ timeout: PATIENCE_MS });
  await settings.accessible("currencies");
  await settings.reflows("currencies");

  await shown.open(WEEK);
  const expected = { revenue: 22.5, orders: 3, average_order: 7.5, revenue_per_visitor: 4.5, buyers: 3, conversion: 60 };
  await shown.shows(() => totals(shown), expected);
  await page.getByTestId("conversion").getByText("Converted into EUR: USD at 0.5 of 2026-02-01").waitFor({ timeout: PATIENCE_MS });
  const days = await lastLines(shown, "series", [1, 4]);
  if (days.join(" ") !== "EUR,0,0 EUR,2.5,1 EUR,20,2") throw new Error(`${days.join(" ")} was paid`);
  const currencies = await shown.exports("currencies");
  if (currencies.join(" ") !== "Currency,Revenue,Average order,Rate USD,25,12.5,0.5 EUR,10,10,1") throw new Error(currencies.join(" "));
  await page.getByTestId("breakdown").selectOption("country");
  await shown.says("breakdown=country");
  const rows = shown.part("values").locator("tbody tr");
  const values = () => rows.evaluateAll((rows) => rows.map((row) => [row.querySelector("th").innerText, Number(row.querySelector("td").dataset.value)]));
  await shown.shows(values, [["France", 12.5], ["Germany", 10]]);
  await page.getByLabel("Figure", { exact: true }).selectOption({ label: "Orders" });
  await shown.says("figure=orders");
  await shown.looksRight("revenue");
  // Those that bought, as the lifecycle tells of them.
  await page.getByRole("link", { name: "New and returning buyers" }).click();
  const buyers = new PeoplePage(page, origin, SITE, "lifecycle");
  await buyers.shows(async () => (await totals(buyers)).new, 3);

  // Another rate is another revenue, of the same events.
  await settings.open("currencies");
  await settings.row("1 USD = 0.5 EUR").getByRole("button", { name: "Edit USD" }).click();
  await settings.send("Declare a rate", { "Is worth": "2" });
  await settings.row("1 USD = 2 EUR").waitFor({ timeout: PATIENCE_MS });
  await shown.open(WEEK);
  await shown.shows(async () => (await totals(shown)).revenue, 60);

  // Where nothing was paid, the page says how it would be told.
  await shown.open(`${WEEK}&f=is,country,JP`);
  await page.getByTestId("no-revenue").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("revenue-empty");
}

async function withoutLastingIds(shown) {
  await shown.open(WEEK);
  const changed = await page.evaluate(async (path) => {
    const headers = { "content-type": "application/json" };
    return (await fetch(path, { method: "PATCH", headers, body: '{"settings": {"visitors": "cookieless"}}' })).status;
  }, `/api/v1/sites/${SITE}`);
  if (changed !== 200) throw new Error(`the settings were answered ${changed}`);
  await page.reload();
  await page.getByTestId("visitor-days").waitFor({ timeout: PATIENCE_MS });
  const { active } = await totals(shown);
  const names = Object.keys(await totals(shown));
  if (names.join(" ") !== "active" || !(active > 0)) throw new Error(`told is ${names.join(" ")}`);
  await shown.looksRight("lifecycle-cookieless");
  await page.getByRole("link", { name: "Count visits instead" }).click();
  await shown.says("unit=sessions");
  await page.getByTestId("visitor-days").waitFor({ state: "detached", timeout: PATIENCE_MS });
  await page.getByTestId("totals").getByText("Visits, last full day").waitFor({ timeout: PATIENCE_MS });
}
