// Where visitors are: the map by pointer and by keys, the list with its flags, what is remembered of them, and the map of who is
// here now.
import { accessible, open, watch } from "./browser.mjs";
import { PATIENCE_MS, PlacesPanel } from "./pages/map.mjs";

const { SIGN_IN_LINK, SITE } = process.env;

const browser = await open();
const origin = new URL(SIGN_IN_LINK).origin;
const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
// The file of the map is kept away once.
const check = watch(page, "map", /ERR_FAILED/);
const places = new PlacesPanel(page, origin, SITE);
try {
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => url.pathname !== "/signin", { timeout: PATIENCE_MS });

  await step("without its shapes it says so, and tries again", async () => {
    await page.route("**/later-world-*", (route) => route.abort());
    await places.open();
    await places.map.getByText("The map could not be loaded.").waitFor({ timeout: PATIENCE_MS });
    await page.unroute("**/later-world-*");
    await places.map.getByRole("button", { name: "Try again" }).click();
  });

  await step("countries are coloured by the root of their visitors, small ones too", async () => {
    await places.shows({ DE: [4, 6], FR: [2, 5], SG: [1, 3] });
    await places.map.getByText("1 elsewhere or unknown").waitFor();
    await places.map.getByRole("group", { name: /^Visitors by country: 3\. Most are from Germany: 4 visitors, 50%/ }).waitFor();
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await accessible(page, `map, ${colorScheme}`);
    }
  });

  await step("a pointer is told of a country, and a click shows it alone", async () => {
    await places.country("DE").hover();
    await places.tells("Germany 4 visitors · 50%");
    const href = await places.country("DE").getAttribute("href");
    if (href !== `/sites/${SITE}?v=1&f=is,country,DE`) throw new Error(`Germany leads to ${href}`);
    await places.country("DE").click();
    await places.says("?v=1&f=is,country,DE");
    await page.locator('[data-testid="kpi-unique_users"][data-value="4"]').waitFor();
    await places.isAt("Regions");
    await page.goBack();
    await places.isAt("Map");
    await places.shows({ DE: [4, 6], FR: [2, 5], SG: [1, 3] });
  });

  await step("keys lead from one to the next by their visitors, and do nothing else", async () => {
    await places.panel.getByRole("link", { name: "Details" }).focus();
    await page.keyboard.press("Tab");
    for (const [key, code] of [["", "DE"], ["ArrowRight", "FR"], ["ArrowDown", "SG"], ["ArrowRight", "SG"], ["Home", "DE"], ["ArrowLeft", "DE"], ["End", "SG"], ["ArrowLeft", "FR"]]) {
      if (key) await page.keyboard.press(key);
      const found = await places.focused();
      if (found !== code) throw new Error(`after ${key || "Tab"} the focus is on ${found}, not on ${code}`);
    }
    await places.tells("France 2 visitors · 25%");
    await places.says("");
    // Tab leaves the map at once, and comes back to where it was left.
    await page.keyboard.press("Tab");
    if (await places.focused()) throw new Error("Tab stays on the map");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await places.says("?v=1&f=is,country,FR");
    await page.locator('[data-testid="kpi-unique_users"][data-value="2"]').waitFor();
    await page.keyboard.press("Escape");
    await places.isAt("Map");
  });

  await step("the list has flags, and whichever was looked at last is shown again", async () => {
    await places.choose("Countries");
    await places.hasFlags(3);
    await places.panel.locator('tr[data-name="FR"]').getByRole("link", { name: "France" }).waitFor();
    const kept = await page.evaluate(async () => (await fetch("/flags/DE.svg")).headers.get("cache-control"));
    if (kept !== "public, max-age=604800") throw new Error(`flags are kept ${kept}`);
    await places.panel.getByRole("link", { name: "Details" }).click();
    await page.getByRole("dialog").locator('tr[data-name="SG"] img[src="/flags/SG.svg"]').waitFor();
    await page.keyboard.press("Escape");
    await places.open();
    await places.isAt("Countries");
    // From a country back, too.
    await places.panel.locator('tr[data-name="DE"] a').click();
    await places.isAt("Regions");
    await page.keyboard.press("Escape");
    await places.isAt("Countries");
    await places.choose("Map");
    await places.open();
    await places.isAt("Map");
    await places.shows({ DE: [4, 6], FR: [2, 5], SG: [1, 3] });
  });

  await step("it fits a phone", async () => {
    await page.setViewportSize({ width: 320, height: 700 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 320) throw new Error(`at 320 px the page is ${width} px wide`);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await step("who is here now is on a map of their own", async () => {
    await places.open("/live");
    await places.shows({ DE: [4, 6], FR: [2, 5], SG: [1, 3] });
    await accessible(page, "live map");
    await places.country("DE").click();
    await places.says("?v=1&period=day&f=is,country,DE");
    await page.locator('[data-testid="kpi-unique_users"][data-value="4"]').waitFor();
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
