// Builds an experiment from nothing to a verdict, and reads who conversions are owed to. The numbers are known.
import { open, watch } from "./browser.mjs";
import { PATIENCE_MS, PeoplePage } from "./pages/people.mjs";

const { SIGN_IN_LINK, SITE, SHOTS } = process.env;
const { origin } = new URL(SIGN_IN_LINK);

const browser = await open();
const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
try {
  const check = watch(page, "measures");
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"), { timeout: PATIENCE_MS });
  await experiment(new PeoplePage(page, origin, SITE, "experiments"));
  await attribution(new PeoplePage(page, origin, SITE, "attribution"));
  check();
} catch (error) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/measures-failed.png`, fullPage: true });
  console.error(page.url() + " said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
}

async function experiment(shown) {
  await shown.open("?v=1&period=7d");
  await page.getByTestId("begin").getByText("tidemark.variant(").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("experiments-begin");
  await page.getByRole("link", { name: "New experiment" }).click();
  await shown.says("property=variant");
  await shown.picks("Metric 1", "event", "purchase");
  await page.getByRole("button", { name: "Add revenue" }).click();
  await shown.says("conversion=event,purchase", "revenue=any");

  // Who saw what, and what follows.
  const numbers = () => shown.part("variants").locator(".total").evaluateAll((all) => all.map((one) => [one.dataset.name, Number(one.dataset.value)]));
  await shown.shows(numbers, [["exposed", 600], ["A", 300], ["B", 300], ["several", 1]]);
  const verdicts = () => shown.part("verdict").allTextContents();
  await shown.shows(verdicts, ["B is better than A", "B is better than A"]);
  const effect = shown.part("metric").first().locator(".forest");
  if ((await effect.getAttribute("data-name")) !== "B") throw new Error("B has no line");
  if (Math.abs(Number(await effect.getAttribute("data-value")) - 30) > 1e-9) throw new Error("B does not lie 30 points ahead");
  await shown.part("guard").getByText("whenever and however often you look").waitFor();
  await shown.part("power").first().getByText("of 100 cases").first().waitFor();
  if (await shown.part("split").count()) throw new Error("a fair split is said to be broken");
  await shown.looksRight("experiment");

  // The same numbers as a table and as a file.
  await shown.part("metric").first().getByRole("button", { name: "View as table" }).click();
  await shown.part("metric").first().getByText("p (any time)").waitFor();
  await shown.looksRight("experiment-table");
  const coming = page.waitForEvent("download", { timeout: PATIENCE_MS });
  await shown.part("metric").first().getByRole("button", { name: "Export as CSV" }).click();
  const name = (await coming).suggestedFilename();
  if (!name.startsWith("experiment")) throw new Error(`the file is called ${name}`);

  // Another control turns it around; Back turns it back; the address is all there is to it.
  await page.getByLabel("Compared with").selectOption("B");
  await shown.says("control=B");
  await shown.shows(verdicts, ["A is worse than B", "A is worse than B"]);
  await shown.step(-1);
  await shown.shows(verdicts, ["B is better than A", "B is better than A"]);
  const other = await context.newPage();
  await other.goto(page.url());
  const same = new PeoplePage(other, origin, SITE, "experiments");
  await same.shows(() => same.part("verdict").allTextContents(), ["B is better than A", "B is better than A"]);
  await other.close();

  // A property that nobody sends is explained.
  await page.getByLabel("Variant is told by").fill("colour");
  await page.getByLabel("Variant is told by").press("Enter");
  await shown.part("nobody").getByText("colour").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("experiment-nobody");
}

async function attribution(shown) {
  await shown.open("?v=1&period=7d");
  await page.getByRole("link", { name: "Choose a conversion" }).click();
  await shown.picks("Conversion", "event", "purchase");
  await shown.says("conversion=event,purchase");
  const rows = async () => {
    const all = await shown.part("models").locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => [row.dataset.name, ...[...row.querySelectorAll("td")].slice(0, 5).map((cell) => Number(cell.dataset.value))]),
    );
    return all.sort();
  };
  // Once by search, the next day directly: the models differ there alone.
  await shown.shows(rows, [["direct", 45, 46, 45, 45.5, 45.5], ["email", 135, 135, 135, 135, 135], ["organic_search", 1, 0, 1, 0.5, 0.5]]);
  const sums = await shown.part("models").locator("tfoot td").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.value)));
  if (sums.length !== 7 || sums.some((sum) => sum !== 181)) throw new Error(`models add up to ${sums}`);
  await shown.looksRight("attribution");

  // By keys: another model to sort by, and money.
  await page.getByRole("button", { name: "First", exact: true }).focus();
  await page.keyboard.press("Enter");
  await shown.says("sort=first");
  await page.getByLabel("Measure", { exact: true }).selectOption({ label: "revenue" });
  await shown.says("measure=revenue");
  await shown.shows(rows, [["direct", 900, 930, 900, 915, 915], ["email", 2700, 2700, 2700, 2700, 2700], ["organic_search", 30, 0, 30, 15, 15]]);
  await page.getByLabel("Look-back").selectOption("1d");
  await shown.says("lookback=1d");
  await shown.shows(rows, [["direct", 930, 930, 930, 930, 930], ["email", 2700, 2700, 2700, 2700, 2700]]);
  await shown.step(-1);
  const lines = await shown.exports("models");
  if (lines.length !== 4 || !lines[0].endsWith("time_decay,data_driven")) throw new Error(lines.join("\n"));
}
