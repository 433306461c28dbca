// Puts dashboards together as a person does: begins one, changes it, shares it, and lets others look.
import { accessible, open, watch } from "./browser.mjs";
import { BoardsPage, PATIENCE_MS } from "./pages/boards.mjs";

const { SIGN_IN_LINK, VIEWER_LINK, EDGE_URL, SITE, SHOTS } = process.env;
const { origin } = new URL(SIGN_IN_LINK);

const browser = await open();
const checks = [];
try {
  const owner = await someone("owner", SIGN_IN_LINK);
  const boards = new BoardsPage(owner, origin, SITE);
  await boards.open();
  await owner.getByText("No dashboards yet.").waitFor({ timeout: PATIENCE_MS });
  await looksRight(owner, "no dashboards");

  // One to begin with shows the site's numbers.
  await owner.getByTestId("ready").getByRole("button", { name: "The week" }).click();
  await boards.called("The week");
  await boards.tells("In numbers", "unique_users", 4);
  await boards.tells("In numbers", "pageviews", 6);
  await boards.lists("Pages", "/pricing", 2);
  await boards.widget("Visitors").getByTestId("figure").waitFor({ timeout: PATIENCE_MS });
  await looksRight(owner, "a dashboard");

  // The period is in the address, and one step in the history.
  await owner.getByLabel("Period").selectOption("yesterday");
  await boards.tells("In numbers", "unique_users", 0);
  if (!owner.url().endsWith("?v=1&range=yesterday")) throw new Error(`the address says ${owner.url()}`);
  await owner.goBack();
  await boards.tells("In numbers", "unique_users", 4);

  // Who comes from another page brings its period along, and what else that page said stays.
  await owner.goto(`${owner.url()}?v=1&period=yesterday&f=is,country,DE`);
  await boards.tells("In numbers", "unique_users", 0);
  await owner.getByLabel("Period").selectOption("7d");
  await boards.tells("In numbers", "unique_users", 4);
  if (!owner.url().endsWith("?v=1&f=is,country,DE&range=7d")) throw new Error(`the address says ${owner.url()}`);
  await owner.goto(owner.url().split("?")[0]);
  await boards.tells("In numbers", "unique_users", 4);

  // What is changed and not saved is gone.
  await boards.edit();
  await boards.controls("Sources").getByLabel("Title").fill("Gone");
  await boards.controls("Pages").getByRole("button", { name: "Remove Pages" }).click();
  await looksRight(owner, "changing a dashboard");
  await owner.getByRole("button", { name: "Cancel" }).click();
  await boards.has(["In numbers", "Visitors", "Sources", "Pages"]);

  // Widgets are added, changed, moved and removed; all of it by keys where a mouse would do.
  const query = { tracking_id: SITE, date_range: "7d", metrics: ["events"], dimensions: ["country"] };
  await boards.api("POST", "reports", { name: "Where from", query });
  const funnel = { tracking_id: SITE, name: "Buying", steps: [{ event_type: "pageview" }, { event_type: "purchase" }] };
  await boards.api("POST", "/api/v1/funnels", funnel);
  await owner.reload();
  await boards.edit();
  await owner.getByLabel("Name of the dashboard").fill("Mondays");
  await boards.add("Report: Where from");
  await boards.add("Funnel: Buying");
  await boards.add("Who comes back");
  await boards.add("Ways people take");
  await boards.add("Text");
  await boards.controls("").getByLabel("Text", { exact: true }).fill("Read <b>this</b>\nfirst");
  await boards.controls("").getByLabel("Title").fill("Why");
  await boards.controls("Sources").getByLabel("Metric").selectOption("pageviews");
  await boards.controls("Sources").getByLabel("Broken down by").selectOption("country");
  await boards.controls("Sources").getByLabel("Title").fill("Countries");
  await boards.lists("Countries", "DE", 5);
  await boards.controls("Countries").getByLabel("Shown as").selectOption("chart");
  await boards.widget("Countries").getByTestId("figure").waitFor({ timeout: PATIENCE_MS });
  await boards.controls("Countries").getByLabel("Width").selectOption("12");
  await boards.controls("Visitors").getByRole("button", { name: "Remove Visitors" }).focus();
  await owner.keyboard.press("Enter");
  const names = ["In numbers", "Countries", "Pages", "Where from", "Buying", "Who comes back", "Ways people take"];
  await boards.has([...names, "Why"]);
  await boards.controls("Why").getByRole("button", { name: "Earlier Why" }).focus();
  for (let place = names.length; place > 0; place--) {
    await owner.keyboard.press("Enter");
    await boards.has([...names.slice(0, place - 1), "Why", ...names.slice(place - 1)]);
    // What moves keeps the focus.
    await owner.waitForFunction(() => document.activeElement?.ariaLabel === "Earlier Why", null, { timeout: PATIENCE_MS });
  }
  names.unshift("Why");
  // Dragged: onto the place of another, and, where Escape is pressed on the way, nowhere.
  const drag = async (name, onto) => {
    await boards.controls(name).locator(".widget-grip").hover();
    await owner.mouse.down();
    await boards.widget(onto).hover();
    await boards.widget(onto).and(owner.locator(".aimed")).waitFor({ timeout: PATIENCE_MS });
  };
  await drag("Where from", "Countries");
  await owner.mouse.up();
  names.splice(names.indexOf("Where from"), 1);
  names.splice(names.indexOf("Countries"), 0, "Where from");
  await boards.has(names);
  await drag("Where from", "Why");
  await owner.keyboard.press("Escape");
  await owner.mouse.up();
  await boards.has(names);
  await boards.controls("In numbers").getByLabel("Keeps its period").check();
  await looksRight(owner, "a dashboard with all that there is");
  await owner.getByRole("button", { name: "Save" }).click();
  await owner.getByRole("button", { name: "Edit" }).waitFor({ timeout: PATIENCE_MS });
  await boards.has(names);
  await owner.reload();
  await boards.called("Mondays");
  await boards.has(names);
  await boards.widget("Why").getByText("Read <b>this</b>").waitFor({ timeout: PATIENCE_MS });
  await boards.widget("Buying").locator('[data-name="purchase"][data-value="1"]').waitFor({ timeout: PATIENCE_MS });
  await boards.widget("Ways people take").locator("li").first().waitFor({ timeout: PATIENCE_MS });
  await boards.widget("Who comes back").locator("table").waitFor({ timeout: PATIENCE_MS });
  await boards.lists("Where from", "DE", 6);
  const { dashboards } = await boards.api("GET", "dashboards");
  const kept = dashboards[0].layout.widgets.map(({ title }) => title);
  if (kept.join() !== names.join()) throw new Error(`kept are ${kept}`);

  // A widget that keeps its period is not asked about another.
  await owner.getByLabel("Period").selectOption("yesterday");
  await boards.lists("Pages", "/pricing", null);
  await boards.tells("In numbers", "unique_users", 4);

  // Again under another name.
  await owner.getByRole("button", { name: "Duplicate" }).click();
  await boards.called("Mondays (copy)");
  await boards.has(names);

  // What comes in shows by itself, sooner than in a minute.
  const event = { tracking_id: SITE, client_id: "e", event_type: "pageview", page: { url: "https://test.example/new" } };
  const since = Date.now();
  const answer = await fetch(`${EDGE_URL}/api/v1/events`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(event) });
  if (answer.status !== 204) throw new Error(`the edge answered ${answer.status}`);
  await boards.tells("In numbers", "unique_users", 5);
  if (Date.now() - since > 25_000) throw new Error(`it took ${Date.now() - since} ms to show`);

  // Who has a link looks, and changes nothing; who reads the site too.
  await owner.getByRole("button", { name: "Share" }).click();
  const link = await owner.getByTestId("board-link").getByRole("link").textContent();
  const guest = await someone("guest", link);
  const shared = new BoardsPage(guest, origin, SITE);
  await guest.getByRole("heading", { level: 1, name: "Mondays (copy)" }).waitFor({ timeout: PATIENCE_MS });
  await shared.has(names);
  await shared.tells("In numbers", "pageviews", 7);
  if (await guest.getByRole("button", { name: /Edit|Share|Duplicate/ }).count()) throw new Error("a guest may change it");
  await looksRight(guest, "a shared dashboard");
  const viewer = await someone("viewer", VIEWER_LINK);
  await viewer.getByLabel("New password").fill("correct horse battery");
  await viewer.keyboard.press("Enter");
  await viewer.waitForURL((url) => url.pathname !== "/password", { timeout: PATIENCE_MS });
  const read = new BoardsPage(viewer, origin, SITE);
  await read.open();
  await viewer.getByRole("link", { name: /^Mondays\s?8/ }).click();
  await read.tells("In numbers", "unique_users", 5);
  if (await viewer.getByRole("button", { name: /Edit|Share|Duplicate/ }).count()) throw new Error("a viewer may change it");

  // With it go its links.
  await boards.open();
  await owner.getByRole("button", { name: "Delete Mondays (copy)" }).click();
  await owner.locator('[data-name="Mondays (copy)"]').getByRole("button", { name: "Delete", exact: true }).click();
  await owner.locator('[data-name="Mondays (copy)"]').waitFor({ state: "detached", timeout: PATIENCE_MS });
  await guest.reload();
  await guest.getByText("This link was revoked").waitFor({ timeout: PATIENCE_MS });
  for (const check of checks) check();
} catch (error) {
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    console.error("a page said:\n" + (await page.innerText("body").catch(() => "nothing")));
  }
  throw error;
} finally {
  await browser.close();
}

/** Somebody with a browser of their own, who came by a link. */
async function someone(name, link) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  // The guest's link ends on purpose.
  checks.push(watch(page, name, /status of 40[14]/));
  await page.goto(link);
  await page.waitForURL((url) => url.pathname !== "/signin", { timeout: PATIENCE_MS });
  return page;
}

/** Fails where people are kept out, in either theme, or where a narrow screen must be scrolled sideways. */
async function looksRight(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await accessible(page, `${name}, ${colorScheme}`);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name.replaceAll(/\W+/g, "-")}-${colorScheme}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) throw new Error(`${name} is ${wide} px wide on a screen of 320`);
  await page.setViewportSize(size);
}
