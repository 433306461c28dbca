// Watches a site live while events are sent: numbers, lists, feed, counters, a hidden tab, a cut network, the wall.
import { accessible, open, watch } from "./browser.mjs";
import { openCuttable } from "./cut.mjs";
import { LivePage, PATIENCE_MS } from "./pages/live.mjs";

const { SIGN_IN_LINK, EDGE_URL, SITE, SHOTS } = process.env;
const link = new URL(SIGN_IN_LINK);

const browser = await open();
const network = await openCuttable(link.origin);
const context = await browser.newContext();
await context.addInitScript(() => {
  globalThis.kept = [];
  const lock = { request: async (kind) => (globalThis.kept.push(kind), { release: async () => {} }) };
  Object.defineProperty(navigator, "wakeLock", { configurable: true, value: lock });
});
const page = await context.newPage();
let people = 0;
let live;
try {
  // The network is cut on purpose, and a question that no counter tells is asked.
  const check = watch(page, "live", /ERR_|Failed to load resource/);
  await page.goto(`${network.url}/signin${link.hash}`);
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"), { timeout: PATIENCE_MS });
  live = new LivePage(page, network.url, SITE);
  await live.open();
  await live.feed.getByText("Nothing yet").waitFor({ timeout: PATIENCE_MS });

  // What is sent is seen: number, lists, feed, counters.
  const told = ["/one", "/two", "/three"];
  for (const path of told) await send({ path, country: "DE" });
  await live.tells(told);
  await live.counts("live-count", 3);
  for (const path of told) await live.lists("live-pages", path, 1);
  await live.lists("live-countries", "DE", 3);
  await live.lists("live-events", "pageview", 3);
  await live.lists("counters", "pageview", 3);
  await send({ path: "/four", type: "signup" });
  told.push("/four");
  await live.tells(told);
  await live.feed.locator(".chip", { hasText: "signup" }).waitFor();
  await live.lists("counters", "signup", 1);

  // The counters are told apart by what is chosen; what no counter tells is said in the server's words.
  await live.counters.getByLabel("Events by").selectOption("country");
  await live.lists("counters", "DE", 3);
  await live.counters.getByLabel("of type").fill("signup");
  await page.keyboard.press("Tab");
  await live.counters.getByRole("alert").filter({ hasText: "--pair event_type,country" }).waitFor({ timeout: PATIENCE_MS });
  await live.counters.getByLabel("of type").fill("");
  await page.keyboard.press("Tab");
  await live.lists("counters", "DE", 3);

  // The list stands still when asked.
  await live.feed.getByRole("button", { name: "Pause" }).click();
  await send({ path: "/five" });
  const resume = live.feed.getByRole("button", { name: "Resume · 1 new" });
  await resume.waitFor({ timeout: PATIENCE_MS });
  await live.tells(told);
  await resume.click();
  told.push("/five");
  await live.tells(told);

  // A hidden tab asks for nothing; back again it has missed nothing.
  await live.hide(true);
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes("/live") ? 1 : 0));
  await send({ path: "/six" });
  await send({ path: "/seven" });
  await served("/seven");
  await page.waitForTimeout(2_500);
  if (asked) throw new Error(`a hidden tab asked ${asked} times`);
  await live.tells(told);
  await live.hide(false);
  told.push("/six", "/seven");
  await live.tells(told);

  // A stream that is cut says so, and goes on where it was.
  network.cut();
  await live.feed.getByText("Late").waitFor({ timeout: PATIENCE_MS });
  for (const path of ["/eight", "/nine"]) {
    await send({ path });
    told.push(path);
  }
  await served("/nine");
  network.heal();
  await live.tells(told);
  await countsEverybody("live-count");
  await send({ path: "/ten" });
  told.push("/ten");
  await live.tells(told);

  // Of many at once some are shown, and how many they were is said.
  await Promise.all(Array.from({ length: 80 }, (_, at) => send({ path: `/many/${at}` })));
  await live.feed.getByText(/Busy: \d+ of the last \d+ events are shown/).waitFor({ timeout: PATIENCE_MS });
  if ((await live.paths()).length > 50) throw new Error("the feed grows without end");

  // The minutes are read by keyboard, and as a table.
  const bars = page.locator(".live-bars");
  await bars.focus();
  await page.keyboard.press("End");
  await bars.locator(".tooltip-head", { hasText: "This minute" }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await bars.locator(".tooltip-head", { hasText: "1 min ago" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "View as table" }).click();
  if ((await page.locator(".live-table tbody tr").count()) !== 30) throw new Error("thirty minutes have thirty rows");
  await accessible(page, "live, as a table");
  await page.getByRole("button", { name: "View as chart" }).click();

  await looksRight("live");
  await live.open("?wall");
  await countsEverybody("wall-count");
  if ((await page.evaluate(() => globalThis.kept.join())) !== "screen") throw new Error("the screen may sleep");
  const scheme = await page.getByTestId("wall").evaluate((wall) => getComputedStyle(wall).colorScheme);
  if (scheme !== "dark") throw new Error(`the wall is ${scheme}`);
  await looksRight("wall");
  await page.keyboard.press("Escape");
  await page.getByTestId("live-count").waitFor({ timeout: PATIENCE_MS });
  if (page.url() !== live.address) throw new Error(`Escape led to ${page.url()}`);
  check();
} catch (error) {
  console.error("the page said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
  network.close();
}

/** Sends an event of somebody new. */
async function send({ path, type = "pageview", country = "FR" }) {
  const person = `person-${++people}`;
  const event = {
    tracking_id: SITE,
    client_id: person,
    event_type: type,
    page: { url: `https://test.example${path}` },
    user: { country },
  };
  const answer = await fetch(`${EDGE_URL}/api/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  if (answer.status !== 204) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
}

/** Waits until a place shows as many visitors as the server tells, and that is all but for those who share a register. */
async function countsEverybody(id) {
  const place = page.getByTestId(id);
  await live.until(async () => {
    const answer = await fetch(`${link.origin}/api/v1/realtime?tracking_id=${SITE}`, { headers: await signedIn() });
    const told = (await answer.json()).active_users;
    const shown = (await place.count()) ? await place.innerText() : "nothing";
    const isRight = shown === String(told) && Math.abs(told - people) <= 2;
    return isRight ? true : `${id} shows ${shown}, the server tells of ${told}, and ${people} were there`;
  });
}

/** Waits until the server tells of a path, whatever the page does. */
async function served(path) {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const answer = await fetch(`${link.origin}/api/v1/live/events?tracking_id=${SITE}`, {
      headers: { accept: "application/json", ...(await signedIn()) },
    });
    if ((await answer.json()).events.some((event) => event.path === path)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the server does not tell of ${path}`);
}

async function signedIn() {
  const cookies = await context.cookies();
  return { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") };
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
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
    if (wide > width) throw new Error(`${name} is ${wide} px wide on a screen of ${width}`);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize(size);
}
