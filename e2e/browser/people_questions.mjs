// Asks about people, from nothing to a result: a funnel that is built, kept and shared, cohorts, and ways through the site. Each
// number is compared with the API's answer to the same question.
import { open, watch } from "./browser.mjs";
import { PATIENCE_MS, PeoplePage } from "./pages/people.mjs";

const { SIGN_IN_LINK, SITE, SHOTS } = process.env;
const { origin } = new URL(SIGN_IN_LINK);
/** The event that is sent most, of those that people think of. */
const EXAMPLE = process.env.EXAMPLE ?? "step=event,signup";

const browser = await open();
const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
try {
  // What cannot be answered is asked on purpose.
  const check = watch(page, "people", /Failed to load resource/);
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"), { timeout: PATIENCE_MS });
  await funnels(new PeoplePage(page, origin, SITE, "funnels"));
  await retention(new PeoplePage(page, origin, SITE, "retention"));
  await paths(new PeoplePage(page, origin, SITE, "paths"));
  check();
} catch (error) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/people-failed.png`, fullPage: true });
  console.error(page.url() + " said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
}

async function funnels(shown) {
  // By way of the tabs, as somebody would who has not been there.
  await page.goto(`${origin}/sites/${SITE}`);
  await page.getByRole("link", { name: "People", exact: true }).click();
  await page.getByTestId("example").waitFor({ timeout: PATIENCE_MS });
  await page.keyboard.press("w");
  await shown.says("period=7d");
  await shown.looksRight("funnels-begin");

  // The example of one click.
  await page.getByTestId("example").click();
  await shown.says("step=event,pageview&step=event,", EXAMPLE);
  await page.getByTestId("steps").waitFor({ timeout: PATIENCE_MS });
  await shown.step(-1);

  await page.getByRole("link", { name: "New funnel" }).click();
  await shown.picks("Step 1", "page", "/pricing");
  await shown.picks("Step 2", "event", "signup");
  await shown.says("step=event,pageview;page,/pricing&step=event,signup");
  const two = [{ event_type: "pageview", filters: { page_path: "/pricing" } }, { event_type: "signup" }];
  await agrees(shown, { steps: two }, ["/pricing", "signup"]);
  await page.getByRole("button", { name: "Add step" }).click();
  await shown.picks("Step 3", "event", "purchase");
  const three = [...two, { event_type: "purchase" }];
  const all = await agrees(shown, { steps: three }, ["/pricing", "signup", "purchase"]);
  if (!all.some(([, users]) => users > 0) || all.at(-1)[1] === all[0][1]) throw new Error(`no funnel: ${JSON.stringify(all)}`);
  await shown.looksRight("funnel");

  // Each change is one step of the history, and the address is all there is to it.
  await page.getByLabel("Window", { exact: true }).selectOption({ label: "1 hour" });
  await shown.says("window=1h");
  await agrees(shown, { steps: three, window: "1h" });
  await shown.step(-1);
  await shown.shows(() => shown.steps(), all);
  const other = await context.newPage();
  await other.goto(page.url());
  const same = new PeoplePage(other, origin, SITE, "funnels");
  await same.shows(() => same.steps(), all);
  await other.close();

  // Steps are moved by keys, and the focus goes with them.
  await page.getByLabel("Step 3: name").focus();
  await page.keyboard.press("Alt+ArrowUp");
  await shown.says("step=event,purchase&step=event,signup");
  await agrees(shown, { steps: [three[0], three[2], three[1]] }, ["/pricing", "purchase", "signup"]);
  const focused = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  if (focused !== "Step 2: name") throw new Error(`${focused} has the focus`);
  await shown.step(-1);
  await shown.shows(() => shown.steps(), all);

  // A condition, an exclusion, how it is counted, by what it is broken down.
  await shown.narrows("Step 1", "country", "is", "DE");
  await shown.says("is,country,DE");
  const german = { event_type: "pageview", filters: { page_path: "/pricing", country: ["DE"] } };
  await agrees(shown, { steps: [german, ...three.slice(1)] });
  await page.getByRole("button", { name: "Remove Country is Germany" }).click();
  await page.getByRole("button", { name: "Where… Step 2" }).click();
  await page.getByLabel("On page", { exact: true }).fill("/pri*");
  await page.keyboard.press("Enter");
  await shown.says("step=event,signup;page,/pri*");
  await agrees(shown, { steps: [three[0], { event_type: "signup", filters: { page_path: "/pri*" } }, three[2]] });
  await page.getByRole("button", { name: "Remove on /pri*" }).click();
  await shown.shows(() => shown.steps(), all);
  await page.getByRole("button", { name: "Add exclusion" }).click();
  await shown.picks("Exclusion 1", "event", "error");
  await shown.says("exclude=event,error");
  await agrees(shown, { steps: three, exclude: [{ event_type: "error" }] });
  await page.getByLabel("Exclusion 1: where").selectOption("2,3");
  await agrees(shown, { steps: three, exclude: [{ event_type: "error", after_step: 2, before_step: 3 }] });
  await page.getByRole("button", { name: "Remove exclusion 1" }).click();
  await page.getByLabel("Order", { exact: true }).selectOption({ label: "in any order" });
  await agrees(shown, { steps: three, order: "any" });
  await shown.step(-1);
  await page.getByTestId("breakdown").selectOption("country");
  const groups = page.getByTestId("groups").locator("tbody tr");
  await groups.first().waitFor({ timeout: PATIENCE_MS });
  const { groups: told } = await shown.answer("/api/v1/funnel", { steps: three, date_range: "7d", breakdown_by: "country" });
  const cells = await groups.evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll("td")].slice(0, 3).map((cell) => Number(cell.textContent))));
  if (JSON.stringify(cells) !== JSON.stringify(told.map((group) => group.users))) throw new Error(JSON.stringify([cells, told]));
  await shown.looksRight("funnel-by-country");
  await page.getByTestId("breakdown").selectOption("");

  // A filter holds for all of it.
  await page.goto(`${page.url()}&f=is,country,FR`);
  await agrees(shown, { steps: three, filters: ["is", "country", ["FR"]] });
  await page.getByRole("link", { name: /^Remove: Country/ }).click();
  await shown.shows(() => shown.steps(), all);

  // What cannot be answered is said beside what is at fault.
  await shown.narrows("Step 1", "page", "matches", "(");
  await page.getByTestId("builder").getByRole("alert").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("funnel-fault");
  await shown.step(-1);
  await shown.shows(() => shown.steps(), all);

  // The same numbers as a table and as a file.
  await page.getByTestId("steps").getByRole("button", { name: "View as table" }).click();
  await page.getByTestId("steps").locator(".people-table").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("funnel-table");
  const lines = await shown.exports("steps");
  const counts = lines.slice(1).map((line) => Number(line.split(",")[1]));
  if (JSON.stringify(counts) !== JSON.stringify(all.map(([, users]) => users))) throw new Error(lines.join("\n"));
  await page.getByTestId("steps").getByRole("button", { name: "View as chart" }).click();

  // Kept, found again, changed, renamed, deleted.
  await page.getByRole("button", { name: "Save funnel" }).click();
  await page.getByLabel("Name of the funnel").fill("From price to purchase");
  await page.keyboard.press("Enter");
  await shown.says("funnel=");
  await page.reload();
  await page.getByRole("heading", { name: "From price to purchase" }).waitFor({ timeout: PATIENCE_MS });
  await shown.shows(() => shown.steps(), all);
  await page.getByLabel("Window", { exact: true }).selectOption({ label: "1 hour" });
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("button", { name: "Save changes" }).waitFor({ state: "detached", timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Name of the funnel").fill("Quick purchase");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Quick purchase" }).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole("link", { name: "All funnels" }).click();
  await page.getByRole("link", { name: /^Quick purchase/ }).click();
  await agrees(shown, { steps: three, window: "1h" });
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByTestId("begin").waitFor({ timeout: PATIENCE_MS });
  const left = await page.evaluate((path) => fetch(path).then((answer) => answer.json()), `/api/v1/funnels?tracking_id=${SITE}`);
  if (left.funnels.length) throw new Error(JSON.stringify(left));
}

/** Waits until the steps are as the API tells them. */
async function agrees(shown, query, names) {
  const { steps } = await shown.answer("/api/v1/funnel", { date_range: "7d", ...query });
  const expected = steps.map((step) => step.users);
  await shown.shows(async () => (await shown.steps()).map(([, users]) => users), expected);
  const found = await shown.steps();
  if (names) await shown.shows(async () => (await shown.steps()).map(([name]) => name), names);
  return found;
}

async function retention(shown) {
  await page.getByRole("link", { name: "Retention", exact: true }).click();
  await page.waitForURL(/\/retention\?v=1&period=7d/, { timeout: PATIENCE_MS });
  const visitors = await back(shown, {});
  if (!visitors.some((cohort) => cohort.some((users) => users > 0))) throw new Error(JSON.stringify(visitors));
  await shown.looksRight("retention");
  await shown.picks("First", "event", "signup");
  await shown.says("first=event,signup");
  const signed = await back(shown, { first: { event_type: "signup" } });
  await shown.picks("Returning", "event", "purchase");
  await back(shown, { first: { event_type: "signup" }, returning: { event_type: "purchase" } });
  // Its kind was chosen first, then its name.
  await shown.step(-2);
  await shown.shows(() => shown.cohorts(), signed);
  await page.getByLabel("Counts as returned").selectOption({ label: "in that period or later" });
  await back(shown, { first: { event_type: "signup" }, returned: "or_later" });
  await page.getByLabel("Length of a period").selectOption({ label: "weeks" });
  await back(shown, { first: { event_type: "signup" }, returned: "or_later", interval: "week" });
  await shown.open("?v=1&period=7d&breakdown=country");
  await page.getByTestId("groups").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("retention-by-country");
  const lines = await shown.exports("cohorts");
  if (lines.length !== visitors.length + 1) throw new Error(lines.join("\n"));
  // The curve is read by keys.
  await page.getByTestId("curve").locator(".chart-surface").focus();
  await page.keyboard.press("Home");
  await page.getByTestId("curve").locator(".tooltip-row b").first().waitFor({ timeout: PATIENCE_MS });
}

/** Waits until the cohorts are as the API tells them. */
async function back(shown, query) {
  const { cohorts } = await shown.answer("/api/v1/retention", { date_range: "7d", ...query });
  const of = (cohort) => cohort.returned.filter(({ period }) => period > 0).map(({ users }) => users);
  // Of nobody there is no share.
  const expected = cohorts.map((cohort) => (cohort.users ? of(cohort) : []));
  await shown.shows(() => shown.cohorts(), expected);
  return expected;
}

async function paths(shown) {
  await page.getByRole("link", { name: "Paths", exact: true }).click();
  await page.waitForURL(/\/paths\?v=1&period=7d/, { timeout: PATIENCE_MS });
  const usual = { depth: 4, limit: 8 };
  await ways(shown, usual);
  await shown.looksRight("paths");
  await page.getByRole("link", { name: /^\/ \d/ }).first().click();
  await shown.says("from=event,pageview;page,/");
  const from = { event_type: "pageview", filters: { page_path: "/" } };
  const home = await ways(shown, { ...usual, from });
  if (home[0][0][0] !== "/") throw new Error(JSON.stringify(home));

  // From column to column by keys; Enter begins there.
  await page.locator("#way-0-0").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.activeElement.id === "way-1-0", null, { timeout: PATIENCE_MS });
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.activeElement.id === "way-0-0", null, { timeout: PATIENCE_MS });
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.activeElement.id === "way-1-0", null, { timeout: PATIENCE_MS });
  const next = home[1][0][0];
  await page.keyboard.press("Enter");
  const by = next.startsWith("/") ? { event_type: "pageview", filters: { page_path: next } } : { event_type: next };
  await ways(shown, { ...usual, from: by });
  await shown.step(-1);
  await shown.shows(() => shown.columns(), home);

  await page.getByLabel("Direction").selectOption({ label: "Ending with" });
  await shown.picks("Where ways begin or end", "event", "purchase");
  const before = await ways(shown, { ...usual, from: { event_type: "purchase" }, direction: "previous" });
  if (before.length < 2) throw new Error(`nothing came before: ${JSON.stringify(before)}`);
  await shown.looksRight("paths-before");
  await page.getByRole("button", { name: "Add group" }).click();
  await page.getByLabel("Name of the group").fill("Shop");
  await page.getByLabel("Paths of the group").fill("/pricing /app/**");
  await page.keyboard.press("Enter");
  await shown.says("group=Shop,/pricing,/app/**");
  const groups = [{ name: "Shop", page_path: ["/pricing", "/app/**"] }];
  await ways(shown, { ...usual, from: { event_type: "purchase" }, direction: "previous", groups });
  await page.getByTestId("ways").getByRole("button", { name: "View as table" }).click();
  await page.getByTestId("ways").locator(".people-table").waitFor({ timeout: PATIENCE_MS });
  await shown.looksRight("paths-table");
}

/** Waits until the columns are as the API tells them. */
async function ways(shown, query) {
  const { columns } = await shown.answer("/api/v1/paths", { date_range: "7d", ...query });
  const expected = columns.map((column) => column.map(({ name, users }) => [name, users]));
  if (query.direction === "previous") expected.reverse();
  await shown.shows(() => shown.columns(), expected);
  return expected;
}
