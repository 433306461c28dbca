// What the script costs the page that it is on, beside trackers of other products on the same page: `cargo xtask bench sdk`.
// Prints tables; fails when an event is lost or comes twice, and when a page sees an error.
import { open } from "../browser.mjs";
import { kib, median, quantile, shown, table } from "./figures.mjs";
import { calls, held, opening, ready, send, visit } from "./measure.mjs";
import { KINDS, openSite } from "./site.mjs";

const ROUNDS = Number(process.env.ROUNDS);
/** Calls in one task of the page: as many as make a batch. */
const BURST = 20;
const CALLS = whole(process.env.CALLS, BURST);
const EVENTS = whole(process.env.EVENTS, 1000);
const SLOWDOWNS = [1, 4];
const NAMES = { none: "no tracker", wasm: "Tidemark, WebAssembly", js: "Tidemark, plain", umami: "Umami", plausible: "Plausible", posthog: "PostHog" };

const site = await openSite();
const browser = await open();
try {
  console.log(`Chromium ${browser.version()}; medians of ${ROUNDS} rounds, all kinds of pages in each\n`);
  for (const slowdown of SLOWDOWNS) await openings(slowdown);
  await tracking();
  await memory();
  console.log("Every event that was tracked by Tidemark arrived, once.");
} finally {
  await browser.close();
  site.close();
}

async function openings(slowdown) {
  const seen = await rounds(Object.keys(KINDS), (kind) => visit(browser, site, kind, opening, slowdown));
  const bare = median(seen.none.map(({ cpu }) => cpu));
  table(
    [`a page's opening, CPU ${slowdown > 1 ? `slowed down ${slowdown} times` : "as it is"}`, "first request, ms", "core asked for, ms", "core ready, ms", "main thread, CPU ms", "beside none", "long tasks, longest ms", "layout shift"],
    Object.entries(seen).map(([kind, pages]) => {
      const of = (name) => median(pages.map((page) => page[name]).filter(Boolean));
      const tasks = pages.flatMap(({ longTasks }) => longTasks);
      return [
        NAMES[kind],
        shown(of("sent")),
        shown(of("asked")),
        shown(of("ready")),
        shown(of("cpu")),
        kind === "none" ? "–" : shown(of("cpu") - bare),
        tasks.length ? `${tasks.length}, ${Math.round(Math.max(...tasks))}` : "0",
        shown(Math.max(...pages.map(({ shifts }) => shifts)), 3),
      ];
    }),
  );
}

async function tracking() {
  const work = async (given) => {
    const result = await calls(given, { count: CALLS, burst: BURST });
    if (given.kind === "wasm" || given.kind === "js") await arrived(given.mark, result.sent);
    return result;
  };
  const seen = await rounds(Object.keys(KINDS), (kind) => visit(browser, site, kind, work));
  const figures = Object.entries(seen).map(([kind, pages]) => ({
    kind,
    p50: median(pages.map(({ single }) => quantile(single, 0.5))),
    p99: median(pages.map(({ single }) => quantile(single, 0.99))),
    max: Math.max(...pages.map(({ single }) => Math.max(...single))),
    mean: median(pages.map(({ bursts }) => median(bursts))),
    burst99: median(pages.map(({ bursts }) => quantile(bursts, 0.99))),
    all: median(pages.map(({ all }) => all)),
    tasks: pages.flatMap(({ longTasks }) => longTasks),
  }));
  const base = figures.find(({ kind }) => kind === "wasm");
  const times = (value, ours) => `${(value / ours).toFixed(1)}×`;
  table(
    [`${CALLS} calls of track, µs`, "p50", "p99", "max", `in bursts of ${BURST}: p50`, "p99", "of Tidemark's", "main thread in all, CPU µs an event", "of Tidemark's", "long tasks"],
    figures.map(({ kind, p50, p99, max, mean, burst99, all, tasks }) => [
      kind === "none" ? "an empty function" : NAMES[kind], shown(p50), shown(p99), shown(max), shown(mean), shown(burst99),
      times(mean, base.mean), shown(all), times(all, base.all), `${tasks.length}`,
    ]),
  );
}

async function memory() {
  const steps = [0, EVENTS / 10, EVENTS];
  const work = async (given) => {
    const all = [];
    let sent = 0;
    await ready(given);
    for (const step of steps) {
      await send(given, step - sent);
      sent = step;
      all.push(await held(given));
    }
    await arrived(given.mark, sent);
    return { all, longTasks: await given.page.evaluate(() => window.bench.longTasks) };
  };
  const rows = [];
  for (const kind of ["wasm", "js"]) {
    const { all, longTasks } = await visit(browser, site, kind, work);
    rows.push([NAMES[kind], ...all.map(({ heap }) => kib(heap)), ...all.map(({ memory }) => kib(memory)), `${longTasks.length}`]);
  }
  const at = (what) => steps.map((step) => `${what} after ${step} events, KiB`);
  table(["memory", ...at("heap"), ...at("WebAssembly"), "long tasks"], rows);
}

/** Fails unless the page view and `count` events arrived, each once. */
async function arrived(mark, count) {
  const ids = site.idsOf(mark);
  const end = Date.now() + 10_000;
  while (ids.length < count + 1 && Date.now() < end) await new Promise((passed) => setTimeout(passed, 50));
  const distinct = new Set(ids).size;
  if (ids.length !== count + 1 || distinct !== ids.length) {
    throw new Error(`${count + 1} events were sent, ${ids.length} came, ${distinct} of them different`);
  }
}

/** What `work` answers of each kind, round by round: whatever else the machine does, it does to all of them. */
async function rounds(kinds, work) {
  const seen = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of kinds) seen[kind].push(await work(kind));
  }
  return seen;
}

/** A number, up to the next multiple of `step`. */
function whole(text, step) {
  return Math.ceil(Number(text) / step) * step;
}
