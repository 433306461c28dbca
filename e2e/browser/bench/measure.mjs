// What is measured of one page.
import { KINDS } from "./site.mjs";

const PATIENCE_MS = 60_000;
/** How long a loaded page is watched: longer than anything waits for the browser to be idle. */
const SETTLED_MS = 2500;
/** How long a tracker has that does not say when it is answered. */
const PAUSE_MS = 10;

/** Runs in a page before all else: notes what happens to it. */
const notes = () => {
  window.bench = { ready: 0, longTasks: [], shifts: 0 };
  const watch = (type, work) => new PerformanceObserver((list) => list.getEntries().forEach(work)).observe({ type, buffered: true });
  watch("longtask", ({ duration }) => window.bench.longTasks.push(duration));
  watch("layout-shift", ({ value }) => (window.bench.shifts += value));
  // The core says its name when it takes its first calls, which are these.
  const info = console.info;
  console.info = (...words) => {
    if (/^(wasm|js)\//.test(words[1])) window.bench.ready ||= performance.now();
    else info(...words);
  };
  addEventListener("DOMContentLoaded", () => [true, false].forEach((wanted) => window.tidemark?.debug?.(wanted)));
  // The module's memory, for its size.
  for (const name of ["instantiateStreaming", "instantiate"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await original.apply(WebAssembly, given);
      const { exports } = made.instance ?? made;
      window.bench.memory = Object.values(exports).find((one) => one instanceof WebAssembly.Memory);
      return made;
    };
  }
};

/** Opens a page of a kind in a context of its own, and calls `work` with what it needs; `slowdown` is that of the CPU. */
export async function visit(browser, site, kind, work, slowdown = 1) {
  const context = await browser.newContext();
  try {
    await context.addInitScript(notes);
    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (error) => faults.push(error));
    const devtools = await context.newCDPSession(page);
    await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
    if (slowdown > 1) await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    const mark = `?${crypto.randomUUID()}`;
    await page.goto(`${site.url}/${kind}/a${mark}`);
    const result = await work({ page, devtools, kind, mark });
    if (faults.length) throw new Error(`${kind}: ${faults.join("\n")}`);
    return result;
  } finally {
    await context.close();
  }
}

/** Waits until a page's tracker takes calls. A page whose opening is measured is left alone instead: to ask is work. */
export async function ready({ page, kind }) {
  await page.waitForFunction(KINDS[kind].ready, null, { timeout: PATIENCE_MS });
}

/** Milliseconds of CPU that the page's main thread has used so far. */
async function cpu(devtools) {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
}

/** A page's opening. Times are in milliseconds since the navigation began. */
export async function opening({ page, devtools }) {
  await page.waitForTimeout(SETTLED_MS);
  const seen = await page.evaluate(() => {
    const sent = performance.getEntriesByType("resource").find(({ name }) => /\/api\/|\/e\/|\/i\//.test(name));
    // Of which there is none without a core.
    const asked = performance.getEntriesByType("resource").find(({ name }) => /(core|plain)\..*\.(wasm|js)$/.test(name));
    const { ready, longTasks, shifts } = window.bench;
    return { sent: sent?.startTime, asked: asked?.startTime, ready, longTasks, shifts };
  });
  return { ...seen, cpu: await cpu(devtools) };
}

/**
 * Calls `track` one by one, `burst` in each task, and notes in microseconds how long each call kept the page; then as
 * often again with a clock around each burst, which shows what is finer than the clock. After each burst all is answered.
 */
export async function calls({ page, devtools, kind }, { count, burst }) {
  const { track, drain = () => new Promise((passed) => setTimeout(passed, PAUSE_MS)) } = KINDS[kind];
  const run = (timed) => page.evaluate(`(async () => {
    const track = ${track};
    const drain = ${`${drain}`.replace("PAUSE_MS", PAUSE_MS)};
    const took = [];
    for (let call = 0; call < ${count}; ) {
      const begun = performance.now();
      for (let end = call + ${burst}; call < end; call++) {
        ${timed ? "const begun = performance.now();" : ""}
        track("Signup", { plan: "pro", seats: call, trial: true });
        ${timed ? "took.push((performance.now() - begun) * 1000);" : ""}
      }
      ${timed ? "" : `took.push((performance.now() - begun) * 1000 / ${burst});`}
      await drain("Drain");
    }
    return took;
  })()`);
  await ready({ page, kind });
  const single = await run(true);
  const before = await cpu(devtools);
  const bursts = await run(false);
  const drains = KINDS[kind].drain ? count / burst : 0;
  const all = ((await cpu(devtools)) - before) * 1000 / (count + drains);
  const longTasks = await page.evaluate(() => window.bench.longTasks);
  return { single, bursts, all, longTasks, sent: 2 * (count + drains) };
}

/** Bytes that a page holds after garbage is collected. */
export async function held({ page, devtools }) {
  for (let round = 0; round < 3; round++) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize, embedderHeapUsedSize = 0 } = await devtools.send("Runtime.getHeapUsage");
  const memory = await page.evaluate(() => window.bench.memory?.buffer.byteLength ?? 0);
  return { heap: usedSize, embedder: embedderHeapUsedSize, memory };
}

/** Sends `count` events, all of which are answered when it returns. */
export async function send({ page }, count, burst = 100) {
  await page.evaluate(async ([count, burst]) => {
    for (let call = 0; call < count; call += burst) {
      for (let one = 1; one < burst; one++) window.tidemark.track("Signup", { plan: "pro", seats: call + one });
      await new Promise((callback) => window.tidemark.track("Signup", {}, { callback }));
    }
  }, [count, burst]);
}
