// The SDK on pages of every kind. What must be counted stands in `tests/sdk.rs`; here is what is done, and that no page is
// harmed. Prints who sent the batches of each page.
import { open } from "./browser.mjs";
import { openSite } from "./shop.mjs";

const PATIENCE_MS = 20_000;
/** How late the rest of the SDK comes to the page that calls early. */
const LATE_MS = 1500;
/** How long no batch comes when none is under way any more. */
const QUIET_MS = 1500;
const OFF = "data-local data-engagement=off";
const CSP = (script) => ({ "content-security-policy": `default-src 'self'; script-src 'self' ${script}; connect-src *` });
const EARLY = `<script>
    const call = (name) => ((document.title = name), tidemark(name));
    addEventListener("DOMContentLoaded", () => {
      call("first");
      history.pushState(null, "", "b");
      call("second");
      history.pushState(null, "", "c");
      document.title = "third";
    });
  </script>`;
const LINKS = `
  <a id="other" href="http://127.0.0.1:1/other">out</a> <a id="list" href="http://127.0.0.1:1/list.pdf">list</a>
  <button id="signup" data-tidemark-event="Signup" data-tidemark-prop-plan="pro" data-tidemark-revenue="29 EUR"><b>go</b></button>
  <button id="order" class="x tidemark-event-name=Order tidemark-event-size=large+one tidemark-revenue-amount=9.5 tidemark-revenue-currency--EUR">go</button>
  <form id="plainform"><button>send</button></form>
  <form id="subscribe" data-tidemark-event="Subscribe"><button>send</button></form>
  <script>
    addEventListener("click", (event) => event.target.href && event.preventDefault());
    addEventListener("submit", (event) => event.preventDefault());
  </script>`;

/** Pages by folder. */
const KINDS = {
  plain: { head: "<script>window.tidemark=window.tidemark||function(){(tidemark.q=tidemark.q||[]).push(arguments)};tidemark('early',{props:{n:1}})</script>" },
  early: { body: EARLY },
  known: {},
  long: { head: "<script>document.title = '日'.repeat(300)</script>" },
  csp: { headers: CSP("") },
  cspwasm: { headers: CSP("'wasm-unsafe-eval'") },
  nonce: { headers: CSP("'nonce-tide' 'strict-dynamic'"), attributes: `${OFF} nonce="tide"` },
  prefix: { prefix: "/stats" },
  local: { attributes: "data-local data-engagement=off" },
  webdriver: { attributes: "data-engagement=off" },
  hash: { attributes: `${OFF} data-hash` },
  manual: { attributes: `${OFF} data-manual` },
  exclude: { attributes: `${OFF} data-exclude="/exclude/a*, /exclude/**/deep"` },
  include: { attributes: `${OFF} data-include="/include/see*"` },
  consent: { attributes: `${OFF} data-consent` },
  refused: { attributes: `${OFF} data-consent` },
  missing: { attributes: `${OFF} data-404`, status: 404 },
  engaged: { attributes: "data-local", body: "<div style='height:4000px'>long</div>" },
  sandbox: { body: '<iframe sandbox="allow-scripts" src="/sandboxed/a"></iframe>' },
  vitals: { attributes: `${OFF} data-vitals`, body: "<h1>Text</h1><button>press</button>" },
  clicks: { attributes: `${OFF} data-outbound data-forms data-downloads="pdf, zip"`, body: LINKS },
};

/** What is done before the page loads (`prepare`, in the page), by the context (`context`), and on the page. */
const SCENARIOS = {
  plain: async (page) => {
    await page.evaluate(() => tidemark("buy", { props: { plan: "pro", no: { a: 1 }, nan: NaN }, revenue: { amount: 12.5, currency: "EUR" } }));
    await page.evaluate(() => new Promise((callback) => tidemark.track("buy", { yes: true }, { callback })));
  },
  early: async (page) => {
    await page.evaluate(() => tidemark.flush());
    const sent = () => site.batches.filter((one) => one.page.startsWith("/early/")).flatMap(({ batch }) =>
      batch.events.map(({ at_ms, ...event }) => ({ ...event, age: batch.sent_at_ms - at_ms })));
    while (!sent().some(({ event_type }) => event_type === "second")) await new Promise(setImmediate);
    for (const name of ["first", "second"]) {
      const { age, page } = sent().find(({ event_type }) => event_type === name);
      if (!(age >= LATE_MS) || page.title !== name) throw new Error(`${name}: ${JSON.stringify(sent())}`);
    }
  },
  known: async (page, url) => {
    await page.evaluate(() => (tidemark.identify("ann \"a\""), tidemark.consent({ analytics: "granted" })));
    await click(page);
    await page.goto(`${url}/known/b`);
    await ready(page);
    // Another browser of the same person.
    const other = await browser.newContext();
    const second = await other.newPage();
    await second.goto(`${url}/known/c`);
    await ready(second);
    await second.evaluate(() => (tidemark.consent({ analytics: "granted" }), tidemark.identify('ann "a"')));
    await click(second);
    await second.evaluate(() => tidemark.reset());
    await second.evaluate(() => new Promise((callback) => tidemark.track("out", {}, { callback })));
    await other.close();
    const sent = JSON.stringify(site.batches);
    if (sent.includes("user_id")) throw new Error("an id is sent that nobody reads");
  },
  long: () => {},
  csp: click,
  cspwasm: click,
  nonce: click,
  prefix: click,
  nowasm: click,
  denied: click,
  hostile: click,
  nobeacon: last,
  leaving: last,
  retry: click,
  spa: async (page) => {
    await page.evaluate(() => history.pushState(null, "", "b"));
    await page.evaluate(() => history.replaceState(null, "", "c"));
    await page.evaluate(() => history.replaceState(null, "", "c#part"));
    await page.evaluate(() => history.pushState(null, "", "b"));
  },
  hash: async (page) => {
    await page.evaluate(() => (location.hash = "#/cart"));
    await page.waitForTimeout(100);
    await page.evaluate(() => (location.hash = "#!/pay"));
    await page.waitForTimeout(100);
  },
  manual: (page) => page.evaluate(() => tidemark.page({ props: { kind: "own" } })),
  exclude: async (page, url) => {
    await said(page, () => tidemark("x"), /x ignored: path is in data-exclude/);
    await page.goto(`${url}/exclude/b/c/deep`);
    await page.goto(`${url}/exclude/seen`);
    await ready(page);
  },
  include: async (page, url) => {
    await page.goto(`${url}/include/seen`);
    await ready(page);
  },
  local: () => {},
  webdriver: (page) => said(page, () => tidemark("x"), /x ignored: local page/),
  optout: async (page, url) => {
    await page.evaluate(() => tidemark.optOut());
    if (!(await page.evaluate(() => tidemark.hasOptedOut()))) throw new Error("optOut is not remembered");
    await page.goto(`${url}/optout/b`);
    await said(page, () => tidemark("x"), /x ignored: opted out/);
    await page.evaluate(() => tidemark.optIn());
    if (await page.evaluate(() => tidemark.hasOptedOut())) throw new Error("optIn is not remembered");
  },
  own: () => {},
  consent: async (page) => {
    await page.evaluate(() => tidemark("late"));
    await page.waitForTimeout(300);
    if (await page.evaluate(() => localStorage.length)) throw new Error("stored without consent");
    await page.evaluate(() => tidemark.consent({ analytics: "granted" }));
    await page.waitForFunction(() => localStorage.tidemark_id);
  },
  refused: async (page) => {
    await page.evaluate(() => (tidemark("x"), tidemark.consent({ analytics: "denied" }), tidemark("y")));
    await said(page, () => tidemark("z"), /z ignored: consent denied/);
    if (await page.evaluate(() => localStorage.length)) throw new Error("stored without consent");
  },
  gpc: async (page) => {
    await said(page, () => tidemark.consent({ analytics: "granted" }), /privacy/);
    await click(page);
    if (await page.evaluate(() => localStorage.length)) throw new Error("stored against GPC");
  },
  missing: () => {},
  sandbox: async () => {
    while (!site.batches.some(({ page }) => page.startsWith("/sandboxed/"))) await new Promise(setImmediate);
  },
  back: async (page, url) => {
    await page.goto(`${url}/back/b`);
    await ready(page);
    // This browser keeps no pages: it is loaded anew. `shown.mjs` has one that does.
    await page.goBack({ waitUntil: "commit" });
    await page.waitForTimeout(300);
  },
  engaged: async (page) => {
    await page.bringToFront();
    await page.evaluate(() => scrollTo(0, 9999));
    await page.waitForTimeout(3300);
  },
  vitals: async (page) => {
    await page.getByRole("button").click();
    await page.waitForTimeout(200);
  },
  variant: (page) => page.evaluate(() => (tidemark.variant("hero", "b"), tidemark.variant("hero", "b"))),
  people: (page) => page.evaluate(() => {
    tidemark.identify("ann", { plan: "pro" });
    tidemark.group("acme");
    tidemark("click");
    tidemark.reset();
  }),
  clicks: async (page) => {
    for (const id of ["other", "list", "signup", "order", "plainform button", "subscribe button"]) {
      await page.locator(`#${id}`).first().click();
    }
  },
};

const PREPARE = {
  denied: () => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get: () => { throw new DOMException("denied", "SecurityError"); } });
    }
  },
  hostile: () => {
    Object.freeze(history);
    Object.freeze(History.prototype);
    Object.defineProperty(window, "crypto", { value: undefined });
    window.requestIdleCallback = undefined;
    window.PerformanceObserver = undefined;
    navigator.sendBeacon = () => { throw new Error("no"); };
    const real = window.fetch;
    let count = 0;
    window.fetch = (...given) => {
      if (`${given[0]}`.includes("/api/") && count++ < 1) throw new Error("no");
      return real(...given);
    };
  },
  nobeacon: () => { navigator.sendBeacon = () => false; },
  own: () => { if (location.pathname.startsWith("/own")) localStorage.tidemark_ignore = "true"; },
  gpc: () => { Object.defineProperty(navigator, "globalPrivacyControl", { value: true }); },
};

/** The rest of the SDK comes late to one page, to another its WebAssembly not at all. */
const blocked = async (path, referer = "") => {
  if (/\/page\./.test(path) && /\/early\//.test(referer)) await new Promise((late) => setTimeout(late, LATE_MS));
  return path.endsWith(".wasm") && /\/nowasm\//.test(referer);
};
let refusals = 2;
/** The edge is away for the first two batches of one page. */
const answerOf = (page) => page.startsWith("/retry/") && refusals-- > 0 && [503, {}];
const site = await openSite((path) => (path === "/favicon.ico" ? undefined : KINDS[path.split("/")[1]] || {}), { blocked, answerOf });
const browser = await open();
try {
  for (const [kind, act] of Object.entries(SCENARIOS)) {
    const faults = [];
    const extraHTTPHeaders = kind === "gpc" ? { "sec-gpc": "1" } : {};
    const context = await browser.newContext({ extraHTTPHeaders });
    if (PREPARE[kind]) await context.addInitScript(PREPARE[kind]);
    const page = await context.newPage();
    page.on("pageerror", (error) => faults.push(error));
    await page.goto(`${site.url}/${kind}/a`);
    await ready(page);
    await act(page, site.url);
    await alone(page, kind);
    // Leaves the page: what is not sent yet goes with it.
    await page.goto("about:blank");
    if (faults.length) throw new Error(`${kind}: ${faults.join("\n")}`);
  }
  // What left with its page is on its way: closing the browser would stop it.
  while (Date.now() - site.batches.at(-1).at < QUIET_MS) await new Promise((passed) => setTimeout(passed, 100));
  const senders = {};
  for (const { page, batch } of site.batches) {
    const names = (senders[page.split("/")[1]] ||= []);
    if (!names.includes(batch.sdk)) names.push(batch.sdk);
  }
  console.log(JSON.stringify(senders));
} finally {
  await browser.close();
  site.close();
}

/** Waits until the rest of the SDK is there: it takes calls itself. */
async function ready(page) {
  await page.waitForFunction(() => window.tidemark?.track, null, { timeout: PATIENCE_MS });
  await said(page, () => {}, /^tidemark: (wasm|js)\//);
  await page.evaluate(() => tidemark.debug(false));
}

/** Whether the SDK has one name among the page's, and no other: against an empty window. */
async function alone(page, kind) {
  const names = await page.evaluate(() => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow));
    frame.remove();
    return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name) && !/^\d+$/.test(name));
  });
  const more = names.filter((name) => name !== "tidemark" && !name.startsWith("__playwright"));
  if (more.length) throw new Error(`${kind}: names beside tidemark: ${more}`);
}

async function click(page) {
  await page.evaluate(() => new Promise((callback) => tidemark.track("click", {}, { callback })));
}

/** An event that waits when the page is left. */
async function last(page) {
  await page.evaluate(() => tidemark("last"));
}

/** What the console says of a call in debug mode. */
async function said(page, work, expected) {
  const heard = page.waitForEvent("console", { predicate: (line) => expected.test(line.text()), timeout: PATIENCE_MS });
  await page.evaluate(() => tidemark.debug(true));
  await page.evaluate(work);
  await heard;
}
