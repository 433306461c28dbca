// A page with consent, over and over: reloaded, closed, without a network, with an edge that does not answer, and one that
// `tests/sdk.rs` kills meanwhile. Says when the rounds are over, and the numbers of all events that a page had kept, each of which
// is then looked up in the ledger.
import { open } from "./browser.mjs";
import { openSite } from "./shop.mjs";

const ROUNDS = Number(process.env.ROUNDS);
const PATIENCE_MS = 60_000;

/** Whether the edge was killed as often as it should be: then the input ends. */
let isStruck = false;
process.stdin.resume().on("end", () => (isStruck = true));

let isCut = false;
/** Half of what is lost on the way is the answer: the events are there, and the page does not know. */
const answerOf = async (page, forward) => {
  if (!isCut) return;
  if (next % 2) await forward();
  return [503, {}];
};
const site = await openSite(() => ({ attributes: "data-local data-engagement=off data-manual" }), { answerOf });
const browser = await open();
const kept = [];
let next = 0;
try {
  const context = await browser.newContext();
  let page = await visit(context);
  await page.evaluate(() => tidemark.consent({ analytics: "granted" }));
  await page.waitForFunction(() => localStorage.tidemark_id);
  for (let round = 0; round < ROUNDS || !isStruck; round++) {
    isCut = round % 3 === 1;
    if (round % 5 === 4) await context.setOffline(true);
    for (let count = 0; count < 3; count++) await keep(page);
    if (round % 4 === 0) await page.evaluate(() => tidemark.flush());
    if (round % 5 === 4) await context.setOffline(false);
    if (round % 2) {
      await page.close({ runBeforeUnload: false });
      page = await visit(context);
    } else {
      await page.reload();
      await ready(page);
    }
  }
  isCut = false;
  console.log("rounds are over");
  // Whatever is left is sent by a last page.
  await page.close();
  page = await visit(context);
  await page.evaluate(() => tidemark.flush());
  await page.waitForFunction(
    () => !Object.keys(localStorage).some((key) => key.startsWith("tidemark_queue")),
    null,
    { timeout: PATIENCE_MS },
  );
  console.log(JSON.stringify(kept));
} finally {
  await browser.close();
  site.close();
}

async function visit(context) {
  const page = await context.newPage();
  await page.goto(`${site.url}/a`);
  await ready(page);
  return page;
}

/** Waits until the rest of the SDK is there: it alone answers `debug`. */
async function ready(page) {
  const heard = page.waitForEvent("console", { predicate: (line) => /^tidemark: /.test(line.text()), timeout: PATIENCE_MS });
  await page.waitForFunction(() => window.tidemark?.debug, null, { timeout: PATIENCE_MS });
  await page.evaluate(() => tidemark.debug(true));
  await heard;
  await page.evaluate(() => tidemark.debug(false));
}

/** An event that is in the browser's storage when this ends, or was delivered before. */
async function keep(page) {
  const n = `${next++}`;
  const isKept = await page.evaluate((n) => {
    tidemark("kept", { props: { name: n } });
    const stored = Object.entries(localStorage).filter(([key]) => key.startsWith("tidemark_queue"));
    return stored.some(([, text]) => text.includes(`"name":"${n}"`));
  }, n);
  if (!isKept) throw new Error(`event ${n} is not kept`);
  kept.push(n);
}
