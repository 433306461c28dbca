// Puts reports together by clicks and by keyboard, keeps, shares and exports them, and compares each with the API's answer.
import { accessible, open, watch } from "./browser.mjs";
import { ExplorePage, PATIENCE_MS } from "./pages/explore.mjs";

const { SIGN_IN_LINK, SITE, SHOTS } = process.env;
const { origin } = new URL(SIGN_IN_LINK);

const browser = await open();
const context = await browser.newContext({ acceptDownloads: true });
await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
const page = await context.newPage();
try {
  // Questions that cannot be answered are asked on purpose.
  const check = watch(page, "explore", /Failed to load resource/);
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"), { timeout: PATIENCE_MS });
  const explore = new ExplorePage(page, origin, SITE);

  // Six reports to begin with, each of which can be answered.
  await explore.open();
  await page.getByTestId("ready").getByRole("link").first().waitFor();
  const ready = await page.getByTestId("ready").getByRole("link").evaluateAll((links) => links.map((link) => link.search));
  if (ready.length !== 6) throw new Error(`${ready.length} ready reports`);
  await looksRight("explore-begin");
  for (const search of ready) {
    await explore.open(search);
    await page.getByTestId("rows").or(page.getByText("Nothing in this period")).waitFor({ timeout: PATIENCE_MS });
    if (await page.getByRole("alert").count()) throw new Error(`${search}: ${await page.getByRole("alert").allInnerTexts()}`);
  }

  // By clicks.
  await explore.open();
  await explore.add("metrics", "visits");
  await explore.add("metrics", "pageviews");
  await explore.add("dimensions", "page");
  await explore.add("dimensions", "country");
  await explore.part("date_range").locator("select[data-testid=range]").selectOption("day");
  const asked = { date_range: "day", metrics: ["visits", "pageviews"], dimensions: ["page", "country"] };
  const all = await explore.agrees(asked);
  await explore.says("v=1", "metrics=visits,pageviews", "by=page,country", "range=day");
  await page.getByTestId("meta").locator('[data-name="source"]', { hasText: "single events" }).waitFor();

  // Every operator; values are suggested.
  await explore.part("filters").getByRole("button", { name: "Add filter" }).click();
  await page.getByLabel("Dimension").selectOption("country");
  await page.locator('#filter-values option[value="DE"]').waitFor({ state: "attached", timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Cancel" }).click();
  const tests = [
    ["is", "country", "DE"],
    ["is_not", "country", "DE"],
    ["contains", "page", "PRIC"],
    ["contains_not", "page", "/pric"],
    ["matches", "page", "^/(a|pricing)$"],
    ["matches_not", "page", "^/a"],
  ];
  for (const [operator, dimension, value] of tests) {
    await explore.filter(dimension, operator, value);
    await explore.says(`f=${operator},${dimension},${value}`);
    await explore.agrees({ ...asked, filters: [operator, dimension, [value]] });
    await explore.step(-1);
    await explore.shows(all);
    await explore.step(1);
    await explore.says(`f=${operator},${dimension},${value}`);
    await explore.part("filters").getByRole("button", { name: /^Remove the filter/ }).click();
    await explore.shows(all);
  }
  await explore.filter("country", "is", "DE");
  await explore.filter("page", "contains", "/a");
  const both = [["is", "country", ["DE"]], ["contains", "page", ["/a"]]];
  await explore.agrees({ ...asked, filters: ["and", both] });
  await page.getByLabel("How filters are joined").selectOption("any");
  await explore.agrees({ ...asked, filters: ["or", both] });

  // A column sorts; the link leads to the same.
  await explore.table.getByRole("button", { name: "Pageviews" }).click();
  const sorted = { ...asked, filters: ["or", both], order_by: [{ field: "pageviews", direction: "desc" }] };
  await explore.says("order=pageviews:desc");
  const expected = await explore.agrees(sorted);
  await page.getByRole("button", { name: "Copy the link to this report" }).click();
  await page.getByText("Copied").waitFor();
  await page.getByText("Copied").waitFor({ state: "detached" });
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await other.goto(copied);
  await new ExplorePage(other, origin, SITE).shows(expected);
  await other.close();
  await looksRight("explore");

  // What cannot be answered is said where it stands.
  await explore.filter("page", "matches", "(");
  await explore.part("filters").getByRole("alert").waitFor({ timeout: PATIENCE_MS });
  await looksRight("explore-fault");
  await explore.step(-1);
  await explore.shows(expected);

  // Kept, changed, renamed, deleted.
  await page.getByRole("button", { name: "Save report" }).click();
  await page.getByLabel("Name of the report").fill("Germany, or A");
  await page.keyboard.press("Enter");
  await explore.says("report=");
  await page.reload();
  await page.getByRole("heading", { name: "Germany, or A" }).waitFor({ timeout: PATIENCE_MS });
  await explore.shows(expected);
  await explore.part("metrics").getByRole("button", { name: "Remove Visits" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("button", { name: "Save changes" }).waitFor({ state: "detached", timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Name of the report").fill("Pages");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Pages", exact: true }).waitFor({ timeout: PATIENCE_MS });
  await explore.open();
  await page.getByTestId("saved").selectOption({ label: "Pages" });
  const kept = { ...sorted, metrics: ["pageviews"] };
  const pages = await explore.agrees(kept);
  await page.getByRole("button", { name: "Save as…" }).click();
  await page.getByLabel("Name of the report").fill("Pages");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "has a report of this name" }).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Cancel" }).click();

  // A file has what the table has.
  const csv = await explore.exports("CSV");
  const lines = csv.bytes.toString().trim().split("\r\n");
  if (csv.name !== "Pages.csv" || lines[0] !== "page,country,pageviews") throw new Error(`${csv.name}: ${lines[0]}`);
  if (lines.slice(1).join() !== pages.map((row) => row.join()).join()) throw new Error(lines.join("\n"));
  const objects = (await explore.exports("NDJSON")).bytes.toString().trim().split("\n").map((line) => JSON.parse(line));
  if (JSON.stringify(objects.map((row) => [row.page, row.country, String(row.pageviews)])) !== JSON.stringify(pages)) {
    throw new Error(JSON.stringify(objects));
  }
  const parquet = (await explore.exports("Parquet")).bytes;
  if (parquet.subarray(0, 4).toString() !== "PAR1" || parquet.subarray(-4).toString() !== "PAR1") {
    throw new Error("no Parquet");
  }
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Save report" }).waitFor({ timeout: PATIENCE_MS });
  const left = await page.evaluate((path) => fetch(path).then((answer) => answer.json()), `/api/v1/sites/${SITE}/reports`);
  if (left.reports.length) throw new Error(JSON.stringify(left));

  // Page by page.
  await explore.open("?v=1&metrics=pageviews&by=page,country&range=day&limit=3");
  const three = { date_range: "day", metrics: ["pageviews"], dimensions: ["page", "country"], limit: 3 };
  await explore.agrees(three);
  await page.getByRole("button", { name: "Next" }).click();
  await explore.agrees({ ...three, offset: 3 });
  await explore.says("page=2");

  // By keyboard alone.
  await explore.open();
  await explore.tabTo("Add to metrics");
  await page.keyboard.type("Pagev");
  await page.keyboard.press("Enter");
  await explore.says("metrics=pageviews");
  await explore.tabTo("Add to broken down by");
  await page.keyboard.type("Devi");
  await page.keyboard.press("Enter");
  await explore.says("by=device");
  await explore.tabTo("Add filter");
  await page.keyboard.press("Enter");
  await page.getByLabel("Value", { exact: true }).waitFor();
  await page.keyboard.type("/pricing");
  await page.keyboard.press("Enter");
  await explore.says("f=is,page,/pricing");
  await explore.agrees({
    date_range: "28d",
    metrics: ["pageviews"],
    dimensions: ["device"],
    filters: ["is", "page", ["/pricing"]],
  });

  // Over time, beside the days before; the figure is read by keyboard and as a table.
  await explore.open("?v=1&metrics=pageviews,bounce_rate&time=date&range=7d&compare=previous");
  await explore.agrees({ date_range: "7d", metrics: ["pageviews", "bounce_rate"], dimensions: ["date"] });
  const surface = page.locator(".chart-surface");
  await surface.focus();
  await page.keyboard.press("End");
  await page.getByTestId("figure").locator(".tooltip-row b").first().waitFor();
  await page.getByRole("button", { name: "View as table" }).click();
  if ((await page.locator(".figure tbody tr").count()) !== 7) throw new Error("seven days have seven rows");
  await accessible(page, "explore, figure as a table");
  await page.getByRole("button", { name: "View as chart" }).click();
  await looksRight("explore-time");
  check();
} catch (error) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/explore-failed.png`, fullPage: true });
  console.error(page.url() + " said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
}

/** Fails where people are kept out, in either theme, or where a narrow screen must be scrolled sideways. */
async function looksRight(name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await accessible(page, `${name}, ${colorScheme}`);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-320.png`, fullPage: true });
  if (wide > 320) throw new Error(`${name} is ${wide} px wide on a screen of 320`);
  await page.setViewportSize(size);
}
