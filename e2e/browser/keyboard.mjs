// From signing in to signing out by the keyboard alone: every step is a key, and what has the focus can be seen. Nothing here
// points, clicks or moves the focus by a program.
import { open, watch } from "./browser.mjs";
import { api, EMAIL, newcomer, PASSWORD, setUp } from "./household.mjs";
import { Keyboard } from "./pages/keyboard.mjs";
import { PATIENCE_MS, settled } from "./places.mjs";

const { SETUP_LINK, SITE } = process.env;
const { origin } = new URL(SETUP_LINK);

const browser = await open();
const page = await newcomer(browser);
const check = watch(page, "keyboard", /the server responded with a status of 401/);
const keys = new Keyboard(page);
try {
  await setUp(page, SETUP_LINK);
  await api(page, "DELETE", "/api/v1/session");
  await page.goto(`${origin}/signin`);

  await step("sign in", async () => {
    await keys.lands("E-mail");
    await keys.type(EMAIL);
    await keys.tabTo("Password");
    await keys.type(PASSWORD);
    await keys.press("Enter");
    await keys.tabTo(/^test\.example/);
    await keys.press("Enter");
    await page.waitForURL(`**/sites/${SITE}`, { timeout: PATIENCE_MS });
    await shows("kpi-unique_users", 5);
  });

  await step("skip to the content", async () => {
    await page.reload();
    await shows("kpi-unique_users", 5);
    await keys.press("Tab");
    await keys.lands("Skip to content");
    await keys.press("Enter");
    await keys.tabTo(/^Visits\d/);
  });

  await step("another figure in the chart", async () => {
    await keys.press("Enter");
    await says("metric=visits");
    await settled(page);
    await keys.tabTo(/^Visits over time/);
    await keys.press("End");
    await page.getByText(/: \d+ Visits/).waitFor({ state: "attached", timeout: PATIENCE_MS });
    await keys.press("ArrowLeft");
    await keys.press("Escape");
    await keys.lands(/^Visits over time/);
  });

  await step("a period by the menu", async () => {
    await keys.tabTo(/^Period:/, "Shift+Tab");
    await keys.press("Enter");
    await keys.tabTo(/^Yesterday/);
    await keys.press("ArrowDown");
    await keys.press("Escape");
    await keys.lands(/^Period:/);
    await keys.press("Enter");
    await keys.tabTo(/^Last 7 days/);
    await keys.press("Enter");
    await says("period=7d");
    await keys.lands("Period: Last 7 days");
    await settled(page);
  });

  await step("a row is a filter, and its pill takes it away", async () => {
    await keys.tabTo("/pricing");
    await keys.press("Enter");
    await says("f=is,page,/pricing");
    await settled(page);
    await keys.tabTo("Remove: Page is /pricing", "Shift+Tab");
    await keys.press("Enter");
    await says("f=is", false);
    await settled(page);
  });

  await step("a filter by its dialog", async () => {
    await keys.tabTo("Filter");
    await keys.press("Enter");
    await dialog("Filter");
    await keys.lands("What");
    await keys.tabTo("Value");
    await keys.type("pri");
    await keys.tabTo("/pricing");
    await keys.press("Space");
    await keys.tabTo("Apply");
    await keys.press("Enter");
    await says("f=is,page,/pricing");
    await keys.lands("Filter");
    await keys.press("Escape");
    await says("f=is", false);
    await settled(page);
  });

  await step("details, searched", async () => {
    await keys.tabTo("Details");
    await keys.press("Enter");
    await dialog(/./);
    await keys.tabTo("Search");
    await keys.type("zzz");
    await page.locator("dialog tbody tr").first().waitFor({ state: "detached", timeout: PATIENCE_MS });
    // The first empties the field.
    await keys.press("Escape");
    await keys.press("Escape");
    await closed();
    await keys.lands("Details");
  });

  await step("help, and back", async () => {
    await keys.tabTo("Keyboard shortcuts", "Shift+Tab");
    await keys.press("Enter");
    await dialog("Keyboard shortcuts");
    await keys.press("Escape");
    await closed();
    await keys.lands("Keyboard shortcuts");
  });

  await step("by the palette to reports", async () => {
    await page.keyboard.press("Control+k");
    await dialog("Go to");
    await keys.lands("Find");
    await keys.type("explore");
    await keys.press("Enter");
    await page.getByTestId("ready").waitFor({ timeout: PATIENCE_MS });
  });

  await step("a report is put together, and kept", async () => {
    await keys.tabTo("Add to metrics");
    await chooses("Pageviews");
    await says("metrics=pageviews");
    await keys.tabTo("Add to broken down by");
    await chooses("Page");
    await says("by=page");
    await page.getByTestId("rows").waitFor({ timeout: PATIENCE_MS });
    await keys.tabTo("Save report");
    await keys.press("Enter");
    await keys.lands("Name of the report");
    await keys.type("Pages by views");
    await keys.press("Enter");
    await says("report=");
    await page.getByRole("heading", { name: "Pages by views" }).waitFor({ timeout: PATIENCE_MS });
  });

  await step("a funnel is put together", async () => {
    await keys.tabTo("People", "Shift+Tab");
    await keys.press("Enter");
    await page.getByTestId("begin").waitFor({ timeout: PATIENCE_MS });
    await keys.tabTo("New funnel");
    await keys.press("Enter");
    await keys.tabTo("Step 1: kind");
    await chooses("Page");
    await keys.tabTo("Step 1: name");
    await keys.type("/pricing");
    await keys.tabTo("Step 2: name");
    await keys.type("signup");
    await keys.press("Enter");
    await says("step=event,pageview;page,/pricing&step=event,signup");
    await page.getByTestId("steps").waitFor({ timeout: PATIENCE_MS });
    await settled(page);
    await keys.press("Alt+ArrowUp");
    await says("step=event,signup&step=event,pageview;page,/pricing");
    await keys.lands("Step 1: name");
    await settled(page);
  });

  await step("a way is followed", async () => {
    await keys.tabTo("Paths", "Shift+Tab");
    await keys.press("Enter");
    await page.getByTestId("ways").waitFor({ timeout: PATIENCE_MS });
    await settled(page);
    await keys.tabTo(/^\/ \d/);
    await keys.press("ArrowRight");
    await keys.press("Enter");
    await says("from=event,");
    await settled(page);
  });

  await step("the feed of events stands still", async () => {
    await keys.tabTo("Live", "Shift+Tab");
    await keys.press("Enter");
    await page.getByTestId("feed").locator("li").first().waitFor({ timeout: PATIENCE_MS });
    await keys.tabTo("Pause");
    await keys.press("Enter");
    await keys.lands(/^Resume/);
    await keys.press("Enter");
    await keys.lands("Pause");
  });

  await step("a setting is changed", async () => {
    await keys.tabTo("Settings", "Shift+Tab");
    await keys.press("Enter");
    await page.getByRole("navigation", { name: "Settings" }).waitFor({ timeout: PATIENCE_MS });
    await keys.tabTo("Name");
    await keys.press("ControlOrMeta+a");
    await keys.type("Harbour");
    await keys.press("Enter");
    await page.locator(".said", { hasText: "Saved." }).waitFor({ timeout: PATIENCE_MS });
  });

  await step("sign out", async () => {
    await keys.tabTo("Sign out", "Shift+Tab");
    await keys.press("Enter");
    await page.getByRole("heading", { name: "Sign in" }).waitFor({ timeout: PATIENCE_MS });
    await keys.tabTo("E-mail");
  });

  check();
} catch (error) {
  console.error(`${page.url()} said:\n${await page.innerText("body").catch(() => "nothing")}`);
  throw error;
} finally {
  await browser.close();
}

/** Says what is tried, so that a failure has a name. */
async function step(name, work) {
  try {
    await work();
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
}

/** Chooses from a list that has the focus, by its first letters. */
async function chooses(words) {
  await keys.type(words);
  await keys.press("Enter");
}

/** Waits until a dialog is open, and has the focus inside. */
async function dialog(name) {
  await page.getByRole("dialog", { name }).waitFor({ timeout: PATIENCE_MS });
  await page.waitForFunction(() => document.activeElement?.closest("dialog"), null, { timeout: PATIENCE_MS });
}

function closed() {
  return page.getByRole("dialog").waitFor({ state: "detached", timeout: PATIENCE_MS });
}

/** Waits until the address has these words, or has them no more. */
async function says(words, wanted = true) {
  const is = (url) => decodeURIComponent(url.search).includes(words) === wanted;
  await page.waitForURL(is, { timeout: PATIENCE_MS });
}

/** Waits until the number under a test id is `count`. */
async function shows(id, count) {
  await page.locator(`[data-testid="${id}"][data-value="${count}"]`).waitFor({ state: "attached", timeout: PATIENCE_MS });
}
