// Every place of the dashboard that somebody can be at: its path, what is on the screen once it is there, and what is opened
// on it. What shows every page goes through all of them.

/** Longest wait for what is on its way. */
export const PATIENCE_MS = 30_000;

const NUMBERS = '[data-testid="kpi-pageviews"][data-value]';
const FOUND = '[data-testid="rows"]';
const FILTERED = "?v=1&period=7d&compare=previous&f=is,country,DE,FR&f=contains,page,/";
const REPORT = "?v=1&metrics=visits,pageviews&range=7d";

const WIDGET = '[data-testid="widget"] tbody tr';
const FUNNEL = "?v=1&period=7d&step=event,pageview;page,/pricing&step=event,signup&exclude=event,error";

const click = (role, name) => (page) => page.getByRole(role, { name }).first().click();
const press = (key) => (page) => page.keyboard.press(key);

/** What somebody who owns a site with events sees, and of another one that has none. */
export function ofOwner({ site, empty, report, funnel, dashboard }) {
  const of = (path) => `/sites/${site}${path}`;
  const overview = (name, search, opened, ready = NUMBERS) => ({ name, path: of(search), ready: NUMBERS, opened, then: ready });
  const details = ["page", "entry_page", "source", "utm_campaign", "country", "event_type", "goal"];
  const sections = ["general", "goals", "properties", "privacy", "people", "links", "digests", "keys", "danger"];
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
    { name: "alerts", path: of("/alerts"), ready: '[data-testid="alert-offer"]' },
    { name: "a new alert", path: of("/alerts"), ready: '[data-testid="alert-offer"]', opened: click("button", "New alert"), then: '[data-testid="alert-times"]' },
    { name: "reports", path: of("/explore"), ready: '[data-testid="ready"]' },
    { name: "report by page and country", path: of(`/explore${REPORT}&by=page,country&f=is_not,country,IT`), ready: FOUND },
    { name: "report by day", path: of(`/explore${REPORT}&time=date&compare=previous`), ready: FOUND },
    { name: "report of nothing", path: of(`/explore${REPORT}&by=page&f=is,country,IT`), ready: ".panel-empty" },
    { name: "report that cannot be", path: of(`/explore${REPORT}&by=page&f=matches,page,(`), ready: "[role=alert]" },
    { name: "kept report", path: of(`/explore${REPORT}&by=page&report=${report}`), ready: FOUND },
    { name: "a filter of a report", path: of(`/explore${REPORT}`), ready: FOUND, opened: click("button", "Add filter"), then: "form.new-test" },
    { name: "keeping a report", path: of(`/explore${REPORT}`), ready: FOUND, opened: click("button", "Save report"), then: "input[aria-label='Name of the report']" },
    { name: "funnels", path: of("/funnels"), ready: '[data-testid="begin"]' },
    { name: "a new funnel", path: of("/funnels?v=1&step=event,&step=event,"), ready: '[data-testid="builder"]' },
    { name: "funnel", path: of(`/funnels${FUNNEL}&breakdown=country`), ready: '[data-testid="groups"]' },
    { name: "funnel, as a table", path: of(`/funnels${FUNNEL}`), ready: '[data-testid="steps"]', opened: click("button", "View as table"), then: ".people-table" },
    { name: "a condition of a step", path: of(`/funnels${FUNNEL}`), ready: '[data-testid="steps"]', opened: click("button", "Where… Step 1"), then: "form.new-test" },
    { name: "keeping a funnel", path: of(`/funnels${FUNNEL}`), ready: '[data-testid="steps"]', opened: click("button", "Save funnel"), then: "input[aria-label='Name of the funnel']" },
    { name: "kept funnel", path: of(`/funnels?v=1&funnel=${funnel}`), ready: '[data-testid="steps"]' },
    { name: "funnel that cannot be", path: of(`/funnels${FUNNEL}&window=999d`), ready: '[data-testid="builder"]' },
    { name: "funnel of nobody", path: of("/funnels?v=1&step=event,nothing&step=event,signup"), ready: '[data-testid="steps"] .panel-empty' },
    { name: "retention", path: of("/retention?v=1&period=7d&breakdown=country"), ready: '[data-testid="visitor-days"]' },
    { name: "paths", path: of("/paths?v=1&period=7d"), ready: '[data-testid="ways"] .way' },
    { name: "paths, as a table", path: of("/paths?v=1&period=7d"), ready: '[data-testid="ways"] .way', opened: click("button", "View as table"), then: ".people-table" },
    { name: "paths to a purchase", path: of("/paths?v=1&from=event,signup&direction=previous"), ready: '[data-testid="ways"] .way' },
    { name: "paths of nobody", path: of("/paths?v=1&from=event,nothing"), ready: ".people-hint" },
    { name: "dashboards", path: of("/dashboards"), ready: ".board-card" },
    { name: "dashboard", path: of(`/dashboards/${dashboard}`), ready: WIDGET },
    { name: "changing a dashboard", path: of(`/dashboards/${dashboard}`), ready: WIDGET, opened: click("button", "Edit"), then: '[data-testid="widget-edit"]' },
    { name: "no such dashboard", path: of("/dashboards/987654"), ready: "main [role=alert]" },
    { name: "new site", path: "/sites/new", ready: "form.set" },
    { name: "installation", path: of("/install"), ready: '[data-testid="checklist"] li' },
    ...sections.map((name) => ({ name: `settings: ${name}`, path: of(`/settings/${name}`), ready: ".column h2" })),
    { name: "account", path: "/account", ready: ".rows li" },
    { name: "people", path: "/people", ready: ".rows li" },
    { name: "overview without events", path: `/sites/${empty}`, ready: '[data-testid="waiting"]' },
    { name: "live without events", path: `/sites/${empty}/live`, ready: '[data-testid="feed"]' },
    { name: "report without events", path: `/sites/${empty}/explore${REPORT}&by=page`, ready: ".panel-empty" },
    { name: "funnels without events", path: `/sites/${empty}/funnels`, ready: '[data-testid="begin"]' },
    { name: "retention without events", path: `/sites/${empty}/retention`, ready: '[data-testid="visitor-days"]' },
    { name: "paths without events", path: `/sites/${empty}/paths`, ready: ".people-hint" },
    { name: "installation without events", path: `/sites/${empty}/install`, ready: '[data-testid="checklist"] li' },
    { name: "no such page", path: "/nowhere", ready: "h1" },
    { name: "no such site", path: "/sites/nowhere", ready: "main" },
    { name: "settings of no such site", path: "/sites/nowhere/settings/general", ready: "main [role=alert]" },
  ];
}

/** What somebody sees who may look at a site. */
export function ofViewer({ site }) {
  return ["general", "goals", "people", "digests", "keys", "danger"].map((name) => {
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
    { name: "shared dashboard", path: links.board, ready: WIDGET },
    { name: "shared part", path: links.part, ready: NUMBERS },
    { name: "unsubscribing by a link that is gone", path: "/unsubscribe#nothing", ready: "[role=status]" },
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
