// Pages that are there before they are shown: kept as they were left (back/forward cache), and rendered ahead (speculation rules).
// What must be counted stands in `tests/sdk.rs`; here is what is done, and that the browser really did so.
import { open, visit } from "./browser.mjs";
import { openSite } from "./shop.mjs";

const PATIENCE_MS = 20_000;
/** How long pages lie rendered and unseen. */
const UNSEEN_MS = 3000;
const RULES = JSON.stringify({ prerender: [{ urls: ["b", "never"], eagerness: "immediate" }] });

/** Pages by path; `/ahead/a` renders two others, and goes to one of them. */
const PAGES = {
  "/kept/a": {},
  "/kept/b": {},
  "/ahead/a": { body: `<script type="speculationrules">${RULES}</script><script>setTimeout(() => (location = "b"), ${UNSEEN_MS})</script>` },
  "/ahead/b": {
    body: `<script>
      const unseen = document.prerendering;
      addEventListener("load", () => tidemark("unseen", { props: { unseen } }));
    </script>`,
  },
  "/ahead/never": { body: '<script>addEventListener("load", () => tidemark("unseen"))</script>' },
};
const asked = [];
const pages = (path, headers) => {
  if (headers) asked.push(`${path} ${headers["sec-purpose"] || "shown"}`);
  return PAGES[path] && { attributes: "data-local data-engagement=off", ...PAGES[path] };
};
const site = await openSite(pages);
try {
  await keptPages();
  await pagesRenderedAhead();
} finally {
  site.close();
}

async function keptPages() {
  const browser = await open({ keepsPages: true });
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}/kept/a`);
    await page.evaluate(() => addEventListener("pageshow", ({ persisted }) => (window.wasKept = persisted)));
    await sent("pageview", "/kept/a", 1);
    await sends(page, "before");
    await page.goto(`${site.url}/kept/b`);
    await sent("pageview", "/kept/b", 1);
    await sends(page, "elsewhere");
    await page.evaluate(() => history.back());
    await page.waitForFunction(() => window.wasKept, null, { timeout: PATIENCE_MS });
    await sent("pageview", "/kept/a", 2);
    await sends(page, "after");
  } finally {
    await browser.close();
  }
}

async function pagesRenderedAhead() {
  const close = visit(`${site.url}/ahead/a`);
  try {
    await sent("unseen", "/ahead/b", 1);
    for (const path of ["/ahead/b", "/ahead/never"]) {
      const how = asked.filter((one) => one.startsWith(`${path} `));
      if (how.length !== 1 || !how[0].includes("prerender")) throw new Error(`not rendered ahead: ${asked.join(", ")}`);
    }
    const [first] = site.batches.filter(({ page }) => page === "/ahead/b");
    const [opened] = site.batches.filter(({ page }) => page === "/ahead/a");
    if (first.at - opened.at < UNSEEN_MS / 2) throw new Error("sent before it was shown");
  } finally {
    await close();
  }
}

/** An event that is answered. */
async function sends(page, name) {
  await page.evaluate((name) => new Promise((callback) => tidemark.track(name, {}, { callback })), name);
}

/** Waits until so many events of a page have come. */
async function sent(type, path, count) {
  const until = Date.now() + PATIENCE_MS;
  const events = () => site.batches.filter(({ page }) => page === path).flatMap(({ batch }) => batch.events);
  while (events().filter(({ event_type }) => event_type === type).length < count) {
    if (Date.now() > until) throw new Error(`${count} ${type} of ${path}: ${JSON.stringify(site.batches)}`);
    await new Promise((passed) => setTimeout(passed, 20));
  }
}
