// An owner who has set a site up, with all that its settings can hold, and the links by which others come in.
import { PATIENCE_MS } from "./places.mjs";

export const EMAIL = "ann@shop.example";
export const PASSWORD = "the tide comes in twice a day";
const SHARE_PASSWORD = "low water at noon";

/** Opens a browser of somebody's own; `prepare` may change it before it has a page. */
export async function newcomer(browser, prepare = () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await prepare(context);
  return context.newPage();
}

/** Makes the account of the first owner by the link that the server printed. */
export async function setUp(page, link) {
  await page.goto(link);
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/setup", { timeout: PATIENCE_MS });
}

/** Comes in by a link that sets a password. */
export async function setPassword(page, link) {
  await page.goto(link);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/password", { timeout: PATIENCE_MS });
}

/** Has somebody who is signed in ask the server; answers what it says, and fails where that is a refusal. */
export async function api(page, method, path, body) {
  const { status, text } = await page.evaluate(async ([method, path, body]) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, text: await answer.text() };
  }, [method, path, body]);
  if (status >= 400) throw new Error(`${method} ${path} was answered ${status}: ${text}`);
  return text && JSON.parse(text);
}

/** Fills a site's settings in: goals, properties, a report, a dashboard, a key, shared links, an invitation. Answers what leads there. */
export async function furnish(page, site, named = (what) => what) {
  const path = `/api/v1/sites/${site}`;
  const goals = [{ name: named("Prices seen"), event_type: "pageview", path: "/pricing" }];
  await api(page, "PATCH", path, { settings: { goals, properties: [named("plan")] } });
  const query = { tracking_id: site, date_range: "7d", metrics: ["pageviews"], dimensions: ["page"] };
  const { report } = await api(page, "POST", `${path}/reports`, { name: named("Pages"), query });
  const steps = [{ event_type: "pageview" }, { name: named("Sign up"), event_type: "signup" }];
  const { funnel_id: funnel } = await api(page, "POST", "/api/v1/funnels", { tracking_id: site, name: named("Sign-up"), steps });
  await api(page, "POST", "/api/v1/keys", { name: named("Monthly letter"), scopes: ["stats:read"], tracking_id: site });
  const share = async (name, more) => (await api(page, "POST", `${path}/shares`, { name: named(name), ...more })).url;
  const locked = await share("For the board", { password: SHARE_PASSWORD });
  const whole = await share("For all", {});
  const part = await share("For Germany", { lock: ["is", "country", ["DE"]] });
  const { url: invitation } = await api(page, "POST", `${path}/invitations`, { role: "viewer" });
  const shown = { title: named("Pages"), width: 6, shows: { report: { query, picture: "table" } } };
  const words = { title: named("Why"), width: 12, shows: { text: named("For Mondays") } };
  const layout = { date_range: "7d", widgets: [words, shown] };
  const { dashboard } = await api(page, "POST", `${path}/dashboards`, { name: named("Mondays"), layout });
  const board = await share("For Mondays", { dashboard });
  return { report, funnel, dashboard, links: { locked, whole, part, invitation, board } };
}
