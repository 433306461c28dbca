// Every place of the dashboard that somebody can be at: its path, what is on the screen once it is there, and what is opened
// on it. What shows every page goes through all of them.

/** Longest wait for what is on its way. */
export const PATIENCE_MS = 30_000;

const NUMBERS = '[data-testid="kpi-pageviews"][data-value]';
const FOUND = '[data-testid="rows"]';
const FILTERED = "?v=1&period=7d&compare=previous&f=is,country,DE,FR&f=contains,page,/";
const REPORT = "?v=1&metrics=visits,pageviews&range=7d";

const click = (role, name) => (page) => page.getByRole(role, { name }).first().click();
const press = (key) => (page) => page.keyboard.press(key);

/** What somebody who owns a site with events sees, and of another one that has none. */
export function ofOwner({ site, empty, report }) {
  const of = (path) => `/sites/${site}${path}`;
  const overview = (name, search, opened, ready = NUMBERS) => ({ name, path: of(search), ready: NUMBERS, opened, then: ready });
  const details = ["page", "entry_page", "source", "utm_campaign", "country", "event_type", "goal"];
  const sections = ["general", "goals", "properties", "privacy", "people", "links", "keys", "danger"];
  return [
    { name: "sites", path: "/", ready: ".site-card" },
    overview("overview", ""),
    overview("overview, filtered and compared", FILTERED),
    overview("overview, nothing found", "?v=1&period=7d&f=is,page,/nowhere"),
    overview("overview, as a table", "", click("button", "View as table"), ".chart table"),
    overview("overview, a value of the chart", "", async (page) => {
      await page.locator(".chart-surface").focus();
      await page.keyboard.press("End");
    }),
    overview("menu of periods", "", click("button", /^Period:/), "#period-menu:popover-open"),
    overview("menu of comparisons", "", click("button", /^Compare with:/), "#compare-menu:popover-open"),
    overview("menu of buckets", "", click("button", /^Buckets:/), "#interval-menu:popover-open"),
    overview("filter", "", press("/"), "dialog .choices input"),
    overview("shortcuts", "", press("?"), "dialog dl"),
    overview("palette", "", press("Control+k"), "dialog .palette a"),
    ...details.map((name) => overview(`details of ${name}`, `?v=1&period=7d&details=${name}`, undefined, "dialog :is(tbody tr, .panel-empty)")),
    { name: "live", path: of("/live"), ready: '[data-testid="feed"] li' },
    { name: "live, as a table", path: of("/live"), ready: ".live-bars", opened: click("button", "View as table"), then: ".live-table" },
    { name: "wall", path: of("/live?wall"), ready: '[data-testid="wall-count"]' },
    { name: "reports", path: of("/explore"), ready: '[data-testid="ready"]' },
    { name: "report by page and country", path: of(`/explore${REPORT}&by=page,country&f=is_not,country,IT`), ready: FOUND },
    { name: "report by day", path: of(`/explore${REPORT}&time=date&compare=previous`), ready: FOUND },
    { name: "report of nothing", path: of(`/explore${REPORT}&by=page&f=is,country,IT`), ready: ".panel-empty" },
    { name: "report that cannot be", path: of(`/explore${REPORT}&by=page&f=matches,page,(`), ready: "[role=alert]" },
    { name: "kept report", path: of(`/explore${REPORT}&by=page&report=${report}`), ready: FOUND },
    { name: "a filter of a report", path: of(`/explore${REPORT}`), ready: FOUND, opened: click("button", "Add filter"), then: "form.new-test" },
    { name: "keeping a report", path: of(`/explore${REPORT}`), ready: FOUND, opened: click("button", "Save report"), then: "input[aria-label='Name of the report']" },
    { name: "new site", path: "/sites/new", ready: "form.set" },
    { name: "installation", path: of("/install"), ready: '[data-testid="checklist"] li' },
    ...sections.map((name) => ({ name: `settings: ${name}`, path: of(`/settings/${name}`), ready: ".column h2" })),
    { name: "account", path: "/account", ready: ".rows li" },
    { name: "people", path: "/people", ready: ".rows li" },
    { name: "overview without events", path: `/sites/${empty}`, ready: '[data-testid="waiting"]' },
    { name: "live without events", path: `/sites/${empty}/live`, ready: '[data-testid="feed"]' },
    { name: "report without events", path: `/sites/${empty}/explore${REPORT}&by=page`, ready: ".panel-empty" },
    { name: "installation without events", path: `/sites/${empty}/install`, ready: '[data-testid="checklist"] li' },
    { name: "no such page", path: "/nowhere", ready: "h1" },
    { name: "no such site", path: "/sites/nowhere", ready: "main" },
    { name: "settings of no such site", path: "/sites/nowhere/settings/general", ready: "main [role=alert]" },
  ];
}

/** What somebody sees who may look at a site. */
export function ofViewer({ site }) {
  return ["general", "goals", "people", "keys", "danger"].map((name) => {
    return { name: `settings for a viewer: ${name}`, path: `/sites/${site}/settings/${name}`, ready: ".column p" };
  });
}

/** The ways in. */
export function ofGuest({ links }) {
  const wrong = async (page) => {
    await page.getByLabel("E-mail").fill("nobody@shop.example");
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.keyboard.press("Enter");
  };
  return [
    { name: "sign in", path: "/signin", ready: "#door-email" },
    { name: "sign in, refused", path: "/signin", ready: "#door-email", opened: wrong, then: "[aria-invalid=true]" },
    { name: "sign in by a link that was used", path: "/signin#nothing", ready: "#door-email" },
    { name: "set-up", path: "/setup#token", ready: "#door-email" },
    { name: "set-up without a token", path: "/setup", ready: "h1" },
    { name: "invitation", path: links.invitation, ready: "#door-email" },
    { name: "reset", path: "/password#token", ready: "#door-password" },
    { name: "shared link with a password", path: links.locked, ready: "#door-password" },
    { name: "shared link", path: links.whole, ready: NUMBERS },
    { name: "shared link, details", path: `${links.whole}?v=1&details=page`, ready: "dialog tbody tr" },
    { name: "shared part", path: links.part, ready: NUMBERS },
    { name: "shared link that is gone", path: "/share/nothing", ready: "[role=status]" },
  ];
}

/** Goes there, opens what is to be opened, and waits until nothing is on its way. */
export async function arrive(page, origin, { name, path, ready, opened, then = ready }) {
  try {
    // A fragment alone loads no page.
    await page.goto("about:blank");
    await page.goto(new URL(path, origin).href);
    await page.locator(ready).first().waitFor({ state: "attached", timeout: PATIENCE_MS });
    await opened?.(page);
    await page.locator(then).first().waitFor({ state: "attached", timeout: PATIENCE_MS });
    await settled(page);
  } catch (error) {
    const said = await page.innerText("body").catch(() => "nothing");
    throw new Error(`${name} is not shown: ${error.message}\nthe page says:\n${said}`, { cause: error });
  }
}

/** Waits until nothing on the page is awaited, or belongs to an earlier question. */
export function settled(page) {
  const rests = () => {
    const waiting = [...document.querySelectorAll(".stale, .skeleton, .skeleton-rows")];
    return !waiting.some((place) => place.checkVisibility());
  };
  return page.waitForFunction(rests, null, { timeout: PATIENCE_MS });
}
