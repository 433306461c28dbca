// Sends and types texts that mean harm wherever a text is taken, and goes to every place where one is shown, in the address too:
// none may be run or become anything but a text, and each is read as it was written.
import { open } from "./browser.mjs";
import { api, furnish, newcomer, setUp } from "./household.mjs";
import { found, guard, PAYLOADS, watchful } from "./payloads.mjs";
import { arrive, ofGuest, ofOwner, PATIENCE_MS } from "./places.mjs";

const { SETUP_LINK, EDGE_URL, SITE, EMPTY_SITE } = process.env;
const { origin } = new URL(SETUP_LINK);
const POLICY = "default-src 'none'";
/** How many of the texts a list must show, for the test to mean anything: some fields take fewer. */
const SHOWN_MIN = 20;
/** Fields of events that take any text, by the dimension they are shown under. */
const FIELDS = {
  event_type: (text) => ({ event_type: text.slice(0, 64) }),
  title: (text) => ({ page: { url: "https://test.example/titled", title: text } }),
  page: (text) => ({ page: { url: `https://test.example/${text}?utm_term=${encodeURIComponent(text)}#${text}` } }),
  referrer: (text) => ({ page: { url: "https://test.example/", referrer: `https://news.example/${text}` } }),
  source: (text) => tagged("utm_source", text),
  utm_medium: (text) => tagged("utm_medium", text),
  utm_campaign: (text) => tagged("utm_campaign", text),
  utm_content: (text) => tagged("utm_content", text),
  utm_term: (text) => tagged("utm_term", text),
  browser: (text) => ({ user: { country: "DE", browser: text } }),
  city: (text) => ({ user: { country: "DE", city: text } }),
  "property:plan": (text) => ({ custom_properties: { plan: text } }),
  name: (text) => ({ custom_properties: { [text.slice(0, 64)]: "x" } }),
  ids: (text) => ({ client_id: text, session_id: text, event_id: text }),
  language: (text) => ({ user: { language: text } }),
  country: (text) => ({ user: { country: text } }),
};

/** What every event has. */
const PLAIN = { event_type: "pageview", page: { url: "https://test.example/" } };

const browser = await open();
const faults = [];
try {
  const [owner, guest, stranger] = [await wary(), await wary(), await wary()];
  await setUp(owner.page, SETUP_LINK);
  const before = await counted(owner.page);
  const accepted = await send();
  const world = await say(owner.page);
  await until(async () => (await counted(owner.page)) >= before + accepted);
  await Promise.all([
    look(owner, [...ofOwner(world), ...lists(), ...addresses(world)]),
    look(guest, ofGuest(world)),
    look(stranger, [{ name: "signed out", path: `/sites/${SITE}?f=is,page,${joined()}`, ready: "#door-email" }]),
  ]);
} finally {
  await browser.close();
}
if (faults.length) throw new Error(faults.join("\n"));

/** A browser of somebody's own, watched. */
async function wary() {
  const page = await newcomer(browser, (context) => context.addInitScript(guard));
  return { page, done: watchful(page) };
}

function tagged(tag, text) {
  return { page: { url: `https://test.example/?${tag}=${encodeURIComponent(text)}` } };
}

/** Sends an event for each text and field, and one under each as user agent. Answers how many were accepted. */
async function send() {
  let accepted = 0;
  for (const [field, of] of Object.entries(FIELDS)) {
    const events = PAYLOADS.map((text, at) => ({ ...PLAIN, client_id: `${field}-${at}`, ...of(text) }));
    accepted += await post({ tracking_id: SITE, events }, { "user-agent": PAYLOADS[0] });
  }
  for (const text of PAYLOADS) accepted += await post({ tracking_id: SITE, ...PLAIN, client_id: text }, { "user-agent": text });
  return accepted;
}

async function post(body, headers) {
  const answer = await fetch(`${EDGE_URL}/api/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (answer.status === 204) return body.events?.length ?? 1;
  if (answer.status === 200) return (await answer.json()).accepted;
  if (answer.status === 400) return 0;
  throw new Error(`${answer.status}: ${await answer.text()}`);
}

/** Types them wherever an owner may. Answers what leads to the places. */
async function say(page) {
  const path = `/api/v1/sites/${SITE}`;
  const { report, funnel, dashboard, links } = await furnish(page, SITE, (what) => `${what} ${PAYLOADS[0]}`);
  await api(page, "PATCH", path, { name: PAYLOADS.slice(0, 3).join(" ") });
  const goals = PAYLOADS.map((text) => ({ name: text.slice(0, 64), event_type: text.slice(0, 64) }));
  // `plan` is not declared: it is told from single events, those before among them.
  const properties = PAYLOADS.slice(0, 29).map((text) => text.slice(0, 64));
  await api(page, "PATCH", path, { settings: { goals, properties } });
  for (const text of PAYLOADS) {
    await api(page, "POST", "/api/v1/sites", { name: text });
    const query = { tracking_id: SITE, date_range: "7d", metrics: ["pageviews"], dimensions: ["page"], filters: ["is_not", "title", [text]] };
    await api(page, "POST", `${path}/reports`, { name: text, query });
    const named = `${text.slice(0, 28)} ${PAYLOADS.indexOf(text)}`;
    const steps = [{ name: named, event_type: text.slice(0, 64) }, { event_type: "pageview", filters: { page_path: `/${text}` } }];
    await api(page, "POST", "/api/v1/funnels", { tracking_id: SITE, name: named, steps });
    await api(page, "POST", "/api/v1/keys", { name: text, scopes: ["stats:read"], tracking_id: SITE });
    await api(page, "POST", `${path}/shares`, { name: text, lock: ["is", "title", [text]] });
  }
  // An address takes few signs; what cannot be one is refused.
  for (const text of PAYLOADS) {
    const email = `${text.replaceAll(/[\s@<>"(),;\\]/g, "")}@shop.example`;
    await api(page, "POST", `${path}/invitations`, { role: "viewer", email });
  }
  await api(page, "POST", "/api/v1/deletions", { tracking_id: SITE, property: { name: PAYLOADS[0], value: `nobody ${PAYLOADS[2]}` } });
  return { site: SITE, empty: EMPTY_SITE, report, funnel, dashboard, links };
}

/** The full list of each dimension, and the report by it. */
function lists() {
  const dimensions = Object.keys(FIELDS).filter((name) => !["name", "ids"].includes(name));
  return [...dimensions, "goal", ...PAYLOADS.slice(0, 2).map((text) => `property:${text}`)].flatMap((dimension) => [
    {
      name: `details of ${dimension}`,
      path: `/sites/${SITE}?v=1&period=7d&details=${encodeURIComponent(dimension)}`,
      ready: "dialog :is(tbody tr, .panel-empty, [role=alert])",
      check: (page) => read(page, dimension, "dialog tbody th"),
    },
    { name: `report by ${dimension}`, path: report(dimension), ready: '[data-testid="rows"], .panel-empty, [role=alert]' },
  ]);
}

function report(dimension, more = "") {
  const by = encodeURIComponent(dimension.replaceAll("%", "%25").replaceAll(",", "%2C"));
  return `/sites/${SITE}/explore?v=1&metrics=pageviews,events&range=7d&limit=100&by=${by}${more}`;
}

/** Addresses with the texts in them. */
function addresses({ site }) {
  const all = joined();
  const tests = PAYLOADS.slice(0, 20).map((text) => `&f=contains,title,${encodeURIComponent(text)}`);
  const kinds = [(text) => `/${text}`, (text) => `/sites/${text}`, (text) => `/share/${text}`, (text) => `/signin#${text}`];
  return [
    { name: "overview, filtered", path: `/sites/${site}?v=1&period=7d&f=is_not,title,${all}&f=is,page,${all}`, ready: ".pill" },
    { name: "overview, misread", path: `/sites/${site}?v=1&period=${all}&date=${all}&compare=${all}&by=${all}&metric=${all}&details=${all}`, ready: ".kpis" },
    { name: "report, filtered", path: report("page", `&any=1${tests.join("")}`), ready: '[data-testid="filters"] .pill' },
    { name: "report, misread", path: `${report("page")}&order=${all}&where=${all}&time=${all}&report=${all}`, ready: "main" },
    ...["funnels", "retention", "paths"].flatMap(questions),
    ...PAYLOADS.map((text, at) => ({ name: `address with ${text}`, path: kinds[at % kinds.length](encodeURIComponent(text)), ready: "main" })),
  ];
}

/** Questions about people with the texts in their steps, and with nothing that can be read. */
function questions(name) {
  const all = joined();
  const steps = PAYLOADS.slice(0, 9).map((text) => `&step=event,${encodeURIComponent(text)};name,${encodeURIComponent(text)}`);
  const said = `&first=event,${all}&from=event,${all}&group=${all}&exclude=page,${all}${steps.join("")}`;
  const misread = ["step", "first", "from", "group", "window", "order", "interval", "direction", "breakdown", "funnel"];
  return [
    { name: `${name}, of texts`, path: `/sites/${SITE}/${name}?v=1${said}`, ready: '[data-testid="builder"]' },
    { name: `${name}, misread`, path: `/sites/${SITE}/${name}?v=1${misread.map((part) => `&${part}=${all}`).join("")}`, ready: "main" },
    { name: `${name} by property`, path: `/sites/${SITE}/${name}?v=1&period=7d&step=event,pageview&step=event,pageview&breakdown=property:plan`, ready: "main .card" },
  ];
}

function joined() {
  return PAYLOADS.map(encodeURIComponent).join(",");
}

/** Goes to each place, and fails where a text is anything but a text. */
async function look({ page, done }, places) {
  const policy = (await page.goto(`${origin}/signin`)).headers()["content-security-policy"];
  if (!policy?.startsWith(POLICY)) faults.push(`the policy is ${policy}`);
  for (const place of places) {
    try {
      await arrive(page, origin, place);
      await place.check?.(page);
    } catch (error) {
      faults.push(error.message);
    }
    const here = await page.evaluate(found);
    faults.push(...[...here, ...done.splice(0)].map((fault) => `${place.name}: ${fault}`));
  }
}

/** Fails unless a list shows what is counted under a dimension as it was written. */
async function read(page, dimension, cells) {
  const query = { tracking_id: SITE, date_range: "7d", metrics: ["events"], dimensions: [dimension], limit: 100 };
  const { rows } = await api(page, "POST", "/api/v1/query", query);
  const written = rows.map((row) => row[dimension]).filter((text) => text.length > 8 && PAYLOADS.some((payload) => payload.startsWith(text) || text.startsWith(payload)));
  const shown = new Set(await page.locator(cells).allTextContents());
  const lost = written.filter((text) => !shown.has(text));
  if (lost.length) throw new Error(`details of ${dimension} do not show ${lost.join(" and ")}, but ${[...shown].join(" | ")}`);
  // Addresses are encoded, codes are checked, goals count from when they are there.
  const isTakenWhole = !["page", "referrer", "country", "language", "goal"].includes(dimension) && !dimension.startsWith("property:<");
  if (isTakenWhole && written.length < SHOWN_MIN) throw new Error(`only ${written.length} texts are counted under ${dimension}`);
}

async function counted(page) {
  const query = { tracking_id: SITE, date_range: "7d", metrics: ["events"] };
  return (await api(page, "POST", "/api/v1/query", query)).rows[0]?.events ?? 0;
}

/** Waits until something holds. */
async function until(probe) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await probe())) {
    if (Date.now() > end) throw new Error("what was sent is not counted");
    await new Promise((passed) => setTimeout(passed, 200));
  }
}
