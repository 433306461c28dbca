// A site's page: filters, periods, comparison, the chart, details, keys. Each by what a person does, and checked by what the
// page then shows and its address says.
import { accessible, open, watch } from "./browser.mjs";

const { SIGN_IN_LINK, SITE } = process.env;
const PATIENCE_MS = 30_000;

const browser = await open();
const origin = new URL(SIGN_IN_LINK).origin;
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
const page = await context.newPage();
const check = watch(page, "overview");
try {
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => url.pathname !== "/signin", { timeout: PATIENCE_MS });
  await page.goto(`${origin}/sites/${SITE}`);
  await shows("kpi-unique_users", 5);
  await accessible(page, "overview");

  await step("a row is a filter, and Back takes it away", async () => {
    await row("panel-pages", "/pricing").click();
    await page.getByText("Page is /pricing").waitFor();
    await shows("kpi-unique_users", 2);
    await says("?v=1&f=is,page,/pricing");
    await page.goBack();
    await shows("kpi-unique_users", 5);
    await says("");
    await page.goForward();
    await shows("kpi-unique_users", 2);
    await page.getByRole("link", { name: "Remove: Page is /pricing" }).click();
    await shows("kpi-unique_users", 5);
  });

  await step("a country leads to its regions", async () => {
    await page.getByTestId("map").locator('[data-name="DE"]').click();
    await shows("kpi-unique_users", 2);
    await page.getByTestId("panel-countries").getByRole("button", { name: "Regions", pressed: true }).waitFor();
    await page.keyboard.press("Escape");
    await shows("kpi-unique_users", 5);
    await page.getByTestId("panel-countries").getByRole("button", { name: "Map", pressed: true }).waitFor();
  });

  await step("a filter is made by keys alone, and changed", async () => {
    await page.keyboard.press("/");
    const dialog = page.getByRole("dialog", { name: "Filter" });
    await dialog.getByLabel("What").selectOption("source");
    await dialog.getByLabel("Value", { exact: true }).fill("goo");
    await dialog.getByRole("checkbox", { name: "Google" }).focus();
    await page.keyboard.press("Space");
    await accessible(page, "filter");
    await dialog.getByRole("button", { name: "Apply" }).focus();
    await page.keyboard.press("Enter");
    await shows("kpi-unique_users", 1);
    await says("?v=1&f=is,source,Google");
    await page.getByRole("button", { name: "Source is Google" }).click();
    await dialog.getByLabel("How").selectOption("is_not");
    await dialog.getByRole("button", { name: "Apply" }).click();
    await shows("kpi-unique_users", 4);
    await says("?v=1&f=is_not,source,Google");
    await page.keyboard.press("Escape");
  });

  await step("keys choose periods, comparison and buckets", async () => {
    await key("d", "?v=1&period=day");
    await key("ArrowLeft", `?v=1&period=day&date=${day(-1)}`);
    await shows("kpi-unique_users", 1);
    await key("ArrowRight", "?v=1&period=day");
    await shows("kpi-unique_users", 4);
    await key("x", "?v=1&period=day&compare=previous");
    await page.locator(".legend").waitFor();
    await key("i", "?v=1&period=day&compare=previous&by=minute");
    await key("w", "?v=1&period=7d&compare=previous");
    await key("x", "?v=1&period=7d");
    await key("f", "");
    // In a field, keys are letters.
    await page.keyboard.press("/");
    await page.getByLabel("Value", { exact: true }).press("d");
    await says("");
    // The first empties the field.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  });

  await step("keys are listed, and can be turned off", async () => {
    await page.keyboard.press("?");
    const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await list.getByText("Last 91 days").waitFor();
    await accessible(page, "shortcuts");
    await list.getByRole("checkbox").uncheck();
    await list.getByRole("button", { name: "Close" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("d");
    await says("");
    await page.keyboard.press("?");
    await list.getByRole("checkbox").check();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  });

  await step("a period is chosen from the menu, and by its ends", async () => {
    await page.getByRole("button", { name: "Period" }).click();
    await page.getByRole("link", { name: "Yesterday" }).click();
    await shows("kpi-unique_users", 1);
    await page.getByRole("button", { name: "Period" }).click();
    const menu = page.locator("#period-menu");
    await menu.getByLabel("From").fill(day(-3));
    await menu.getByLabel("To").fill(day(-1));
    await menu.getByRole("button", { name: "Apply" }).click();
    await says(`?v=1&period=custom&date=${day(-3)}~${day(-1)}`);
    await shows("kpi-unique_users", 1);
    await page.getByRole("button", { name: "Compare with" }).click();
    await page.getByRole("link", { name: "Year before" }).click();
    await says(`?v=1&period=custom&date=${day(-3)}~${day(-1)}&compare=year`);
  });

  await step("the chart is read, looked into and cut by keys and pointer", async () => {
    await page.goto(`${origin}/sites/${SITE}?v=1&period=7d`);
    await shows("kpi-unique_users", 5);
    const chart = page.locator(".chart-surface");
    await chart.focus();
    await page.keyboard.press("End");
    await page.getByText(/: 4 Unique visitors/).waitFor({ state: "attached" });
    await page.keyboard.press("Enter");
    await says(`?v=1&period=day&date=${day(0)}`);
    await page.goBack();
    await settled();
    const room = await chart.boundingBox();
    const at = (share) => [room.x + room.width * share, room.y + room.height / 2];
    await page.mouse.move(...at(4 / 6));
    await page.mouse.down();
    await page.mouse.move(...at(5 / 6), { steps: 4 });
    await page.mouse.up();
    await says(`?v=1&period=custom&date=${day(-2)}~${day(-1)}`);
    await page.goBack();
    await page.getByRole("button", { name: "Visits", exact: false }).first().click();
    await says("?v=1&period=7d&metric=visits");
    await page.getByRole("button", { name: "View as table" }).click();
    await page.getByRole("region", { name: "Numbers of the chart" }).getByRole("row").nth(7).waitFor();
    await page.getByRole("button", { name: "View as chart" }).click();
  });

  await step("details are searched, sorted and saved, and have an address", async () => {
    await page.goto(`${origin}/sites/${SITE}?v=1&details=page`);
    const dialog = page.getByRole("dialog", { name: "Page" });
    await dialog.locator('tr[data-name="/pricing"]').waitFor();
    await accessible(page, "details");
    await dialog.getByRole("button", { name: "Pageviews" }).click();
    await dialog.locator("th[aria-sort=descending]", { hasText: "Pageviews" }).waitFor();
    await dialog.getByLabel("Search").fill("pri");
    await dialog.locator('tr[data-name="/"]').waitFor({ state: "detached" });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      dialog.getByRole("button", { name: "CSV" }).click(),
    ]);
    const lines = (await text(await download.createReadStream())).trim().split(/\r?\n/);
    if (lines.length !== 2 || !lines[1].includes("/pricing")) throw new Error(`the file is ${lines}`);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await says("");
  });

  await step("links lead from page to page, and Back returns", async () => {
    await page.goto(`${origin}/sites/${SITE}`);
    await page.getByRole("link", { name: "Live", exact: true }).click();
    await page.waitForURL(`${origin}/sites/${SITE}/live`);
    await page.getByRole("link", { name: "Wallboard" }).waitFor();
    await page.getByRole("link", { name: "Explore", exact: true }).click();
    await page.waitForURL(`${origin}/sites/${SITE}/explore`);
    await page.goBack();
    await page.goBack();
    await page.waitForURL(`${origin}/sites/${SITE}`);
    await shows("kpi-unique_users", 5);
    await page.goForward();
    await page.waitForURL(`${origin}/sites/${SITE}/live`);
    await page.getByRole("link", { name: "Wallboard" }).waitFor();
  });

  await step("what somebody sends is shown and never run", async () => {
    if (await page.evaluate(() => window.struck)) throw new Error("a script that somebody sent was run");
    for (const details of ["page", "source", "utm_campaign", "event_type", "title"]) {
      await page.goto(`${origin}/sites/${SITE}?v=1&details=${details}`);
      await page.getByRole("dialog").locator("tr[data-name]").first().waitFor();
      await settled();
      if (await page.evaluate(() => window.struck)) throw new Error(`a script in ${details} was run`);
    }
  });

  await step("it fits a phone, in both themes", async () => {
    await page.goto(`${origin}/sites/${SITE}`);
    await shows("kpi-unique_users", 5);
    await page.setViewportSize({ width: 320, height: 700 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 320) throw new Error(`at 320 px the page is ${width} px wide`);
      await accessible(page, `overview, ${colorScheme}, phone`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await accessible(page, "overview, dark");
  });

  check();
} catch (error) {
  console.error("the dashboard said:\n" + (await page.innerText("body").catch(() => "nothing")));
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

/** A day by its distance from today, as the page has it in UTC. */
function day(distance) {
  return new Date(Date.now() + distance * 86_400_000).toISOString().slice(0, 10);
}

/** The link of a value in a panel. */
function row(panel, value) {
  return page.getByTestId(panel).locator(`tr[data-name="${value}"] a`);
}

/** Waits until the number under a test id is `count`. */
async function shows(id, count) {
  const place = page.locator(`[data-testid="${id}"][data-value="${count}"]`);
  try {
    await place.waitFor({ state: "attached", timeout: PATIENCE_MS });
  } catch {
    const found = await page.getByTestId(id).getAttribute("data-value").catch(() => "nothing");
    throw new Error(`${id} shows ${found}, not ${count}`);
  }
}

/** Waits until the address has this query: a dialog tells a moment later that it was closed. */
async function says(query) {
  await page.waitForFunction((query) => location.search === query, query, { timeout: PATIENCE_MS }).catch(() => {
    throw new Error(`the address says ${new URL(page.url()).search}, not ${query}`);
  });
}

/** Presses a key of the page and checks what the address says then. */
async function key(name, query) {
  await page.keyboard.press(name);
  await says(query);
}

/** Waits until nothing on the page belongs to an earlier question. */
function settled() {
  return page.waitForFunction(() => !document.querySelector(".stale, .skeleton"));
}

/** All of a stream. */
async function text(stream) {
  let all = "";
  for await (const part of stream) all += part;
  return all;
}
