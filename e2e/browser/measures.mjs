// Builds an experiment from nothing to a verdict, keeps one with its plan, and reads who conversions are owed to. The numbers are known.
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
  await kept(new PeoplePage(page, origin, SITE, "experiments"));
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

/** Sets before the start what must not change, keeps it under a name, comes back by the list, and deletes it. */
async function kept(shown) {
  const verdicts = () => shown.part("verdict").allTextContents();
  const types = async (label, text) => {
    await page.getByLabel(label, { exact: true }).fill(text);
    await page.getByLabel(label, { exact: true }).press("Enter");
  };
  await shown.open("?v=1&period=7d");
  await page.getByRole("link", { name: "New experiment" }).click();
  await shown.picks("Metric 1", "event", "purchase");
  await shown.shows(verdicts, ["B is better than A"]);

  // Weights begin with what is seen; a split that they do not mean is broken.
  await page.getByRole("button", { name: "Set weights" }).click();
  await shown.says("variant=A,1", "variant=B,1");
  await types("Variant 1: weight", "3");
  await shown.says("variant=A,3", "variant=B,1");
  await page.getByText("75% of the people").waitFor({ timeout: PATIENCE_MS });
  await shown.part("split").getByText("The split is broken").waitFor({ timeout: PATIENCE_MS });
  await types("Variant 1: weight", "2");
  await types("Variant 2: weight", "2");
  await shown.says("variant=A,2", "variant=B,2");
  await shown.shows(verdicts, ["B is better than A"]);

  // How far along it is, and what may not be concluded yet.
  await types("People planned", "1000");
  await shown.says("planned=1000");
  const progress = shown.part("progress");
  await progress.getByText("of 1,000 planned visitors").waitFor({ timeout: PATIENCE_MS });
  await shown.shows(() => shown.part("so-far").getAttribute("data-value"), "600");
  await progress.getByText("may not be concluded yet").waitFor({ timeout: PATIENCE_MS });
  await shown.shows(verdicts, ["B is better than A"]);
  await page.getByLabel("Decided", { exact: true }).selectOption("planned_end");
  await progress.getByText("Until then nothing may be concluded").waitFor({ timeout: PATIENCE_MS });
  await shown.shows(verdicts, ["Too early to say: fewer people came than are planned"]);
  await shown.looksRight("experiment-too-early");
  await types("People planned", "600");
  await progress.getByText("the verdicts hold, this once").waitFor({ timeout: PATIENCE_MS });
  await shown.shows(verdicts, ["B is better than A"]);

  // Its own days count, where it has some.
  const today = new Date().toISOString().slice(0, 10);
  const [earlier, soon, ago] = [30, 29, 3].map((days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10));
  await types("First day", earlier);
  await types("Last day", soon);
  await shown.part("nobody").waitFor({ timeout: PATIENCE_MS });
  await types("Last day", "");
  await types("First day", ago);
  await shown.says(`started=${ago}`);
  await page.waitForURL((url) => !url.search.includes("ended="), { timeout: PATIENCE_MS });
  await shown.shows(verdicts, ["B is better than A"]);

  // Kept, and found again by the list.
  await page.getByRole("button", { name: "Save experiment" }).click();
  await page.getByLabel("Name of the experiment").fill("Checkout");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => /[?&]experiment=\d+/.test(url.search) && !url.search.includes("property"), { timeout: PATIENCE_MS });
  await page.getByRole("heading", { name: "Checkout" }).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole("link", { name: "All experiments" }).click();
  await page.getByRole("link", { name: /^Checkout/ }).getByText("purchase by variant").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("experiments-kept");
  await page.getByRole("link", { name: /^Checkout/ }).click();
  await shown.shows(verdicts, ["B is better than A"]);
  const fields = () =>
    Promise.all(["Variant 1: value", "Variant 1: weight", "Variant 2: weight", "People planned", "First day"].map((label) => page.getByLabel(label, { exact: true }).inputValue()));
  await shown.shows(fields, ["A", "2", "2", "600", ago]);
  await progress.getByText("the verdicts hold, this once").waitFor({ timeout: PATIENCE_MS });

  // The same as the API tells it.
  const told = (path) => page.evaluate((path) => fetch(path).then((answer) => answer.json()), `/api/v1/sites/${SITE}/experiments${path}`);
  const number = new URL(page.url()).searchParams.get("experiment");
  const answer = await told(`/${number}/analysis`);
  const found = [answer.exposed, answer.planned_users, answer.metrics[0].words, answer.date_range.start.slice(0, 10) <= today];
  if (JSON.stringify(found) !== JSON.stringify([600, 600, "B is better than A", true])) throw new Error(JSON.stringify(answer));

  // Changed, renamed, kept once more, deleted; all by keys and buttons of the page.
  await types("People planned", "700");
  await page.getByText("· changed").waitFor({ timeout: PATIENCE_MS });
  await shown.shows(verdicts, ["Too early to say: fewer people came than are planned"]);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("button", { name: "Save changes" }).waitFor({ state: "detached", timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Name of the experiment").fill("New checkout");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "New checkout" }).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Save as…" }).click();
  await page.getByLabel("Name of the experiment").fill("Again");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Again" }).waitFor({ timeout: PATIENCE_MS });
  const names = async () => (await told("")).experiments.map((kept) => [kept.name, kept.definition.planned_users]);
  await shown.shows(names, [["Again", 700], ["New checkout", 700]]);
  for (const left of [["New checkout"], []]) {
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await shown.part("begin").waitFor({ timeout: PATIENCE_MS });
    await shown.shows(async () => (await names()).map(([name]) => name), left);
    if (left.length) await page.getByRole("link", { name: /^New checkout/ }).click();
  }
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
  await shown.shows(async () => (await rows()).length, 3);
  const lines = await shown.exports("models");
  if (lines.length !== 4 || !lines[0].endsWith("time_decay,data_driven")) throw new Error(lines.join("\n"));
}
