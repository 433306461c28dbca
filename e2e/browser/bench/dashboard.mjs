// What the dashboard loads, how soon it answers a person, and whether its memory stays as it is while it is left open:
// `cargo xtask bench dashboard`, which starts the product with events in it. Prints tables; fails when a page has an error,
// and where WebAssembly's memory grows on a page that nobody touches.
import { open, watch } from "../browser.mjs";
import { kib, median, quantile, shown, table } from "./figures.mjs";
import { SCRIPT } from "./person.mjs";

const { PART, SIGN_IN_LINK, SITE } = process.env;
const ROUNDS = Number(process.env.ROUNDS);
const MINUTES = Number(process.env.MINUTES);
const PATIENCE_MS = 60_000;
/** What may be loaded before the dashboard can be used: `size-budget.toml` has it too, of files alone. */
const BYTES_MAX = 204_800;
/** How soon the screen has to answer. */
const NEXT_PAINT_MS = 100;
/** The shortest that the browser tells: what was painted sooner counts as this. */
const SHORTEST_MS = 16;
/** A page of WebAssembly's memory. */
const WASM_PAGE = 65_536;
/** How often memory is looked at while pages are left open. */
const LOOKS = 24;
/** Machines and networks that the dashboard is opened on. */
const CONDITIONS = [
  { name: "as it is" },
  { name: "CPU slowed down 4 times", slowdown: 4 },
  // What Lighthouse takes for a slow phone's network.
  { name: "1.6 Mbit/s, 150 ms", network: { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 } },
];

const { origin } = new URL(SIGN_IN_LINK);
const address = `${origin}/sites/${SITE}`;
const browser = await open();
try {
  const cookies = await signIn();
  if (PART === "speed") {
    console.log(`Chromium ${browser.version()}; ${ROUNDS} rounds\n`);
    await openings(cookies);
    for (const slowdown of [1, 4]) await interactions(cookies, slowdown);
  } else {
    await memory(cookies);
  }
} finally {
  await browser.close();
}

/** Runs in a page before all else: notes when a number is painted first, when a person does something, and what comes of it. */
function notes() {
  const bench = (window.bench = { begun: 0, painted: [] });
  const look = new MutationObserver(() => {
    if (!document.querySelector('[data-testid^="kpi-"][data-value]')) return;
    look.disconnect();
    // Before the frame that has it is painted, and after.
    requestAnimationFrame(() => setTimeout(() => (bench.first = performance.now())));
  });
  look.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-value"] });
  for (const type of ["keydown", "pointerdown"]) addEventListener(type, ({ timeStamp }) => (bench.begun = timeStamp), true);
  const told = ({ interactionId, duration }) => interactionId && bench.painted.push([interactionId, duration]);
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(told));
  observer.observe({ type: "event", durationThreshold: 16, buffered: true });
  // The module's memory, for its size; its later parts use the same.
  for (const name of ["instantiateStreaming", "instantiate"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await original.apply(WebAssembly, given);
      const { exports } = made.instance ?? made;
      bench.memory ??= Object.values(exports).find((one) => one instanceof WebAssembly.Memory);
      return made;
    };
  }
}

async function signIn() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"), { timeout: PATIENCE_MS });
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

/** A browser of somebody who is signed in, with nothing in its cache. */
async function newcomer(cookies) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies(cookies);
  await context.addInitScript(notes);
  return context;
}

/** Opens the site in a tab of its own. Answers what was loaded until its first number, and when that was painted. */
async function opening(context, { slowdown, network }) {
  const page = await context.newPage();
  const check = watch(page, "the dashboard");
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  if (slowdown) await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  if (network) await devtools.send("Network.emulateNetworkConditions", network);
  const sent = new Map();
  devtools.on("Network.requestWillBeSent", ({ requestId, request, initiator, timestamp }) => {
    // What the page names and the browser does not put off: prefetched files are of the lowest priority.
    const isNeeded = initiator.type !== "script" && request.initialPriority !== "VeryLow" && !request.url.endsWith("favicon.svg");
    sent.set(requestId, { url: request.url, begun: timestamp, isNeeded });
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength, timestamp }) => {
    Object.assign(sent.get(requestId) ?? {}, { bytes: encodedDataLength, ended: timestamp });
  });
  devtools.on("Network.responseReceived", ({ requestId, response }) => {
    Object.assign(sent.get(requestId) ?? {}, { isCached: response.fromDiskCache || response.fromPrefetchCache });
  });
  await page.goto(address);
  const first = await (await page.waitForFunction(() => window.bench.first, null, { timeout: PATIENCE_MS })).jsonValue();
  const contentful = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  const [document] = sent.values();
  const loaded = [...sent.values()].filter(({ ended }) => ended <= document.begun + first / 1000);
  const isData = ({ url }) => new URL(url).pathname.startsWith("/api/");
  const of = (requests) => {
    const travelled = requests.filter(({ isCached }) => !isCached);
    return { count: travelled.length, bytes: travelled.reduce((sum, { bytes }) => sum + bytes, 0) };
  };
  check();
  await page.close();
  const files = loaded.filter((one) => !isData(one));
  const [needed, others] = [true, false].map((wanted) => of(files.filter(({ isNeeded }) => isNeeded === wanted)));
  return { first, contentful, needed, others, data: of(loaded.filter(isData)) };
}

async function openings(cookies) {
  const rows = [];
  for (const condition of CONDITIONS) {
    const seen = { cold: [], warm: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const context = await newcomer(cookies);
      for (const kind of ["cold", "warm"]) seen[kind].push(await opening(context, condition));
      await context.close();
    }
    for (const [kind, openings] of Object.entries(seen)) {
      const of = (pick) => median(openings.map(pick));
      const bytes = ["needed", "others", "data"].map((what) => {
        return `${of((one) => one[what].bytes)} in ${of((one) => one[what].count)}`;
      });
      const times = openings.map(({ first }) => first);
      rows.push([condition.name, kind, ...bytes, shown(of((one) => one.contentful), 0), shown(median(times), 0), shown(Math.max(...times), 0)]);
    }
  }
  table(["opening", "cache", "files to run, bytes in requests", "files beside", "data", "first paint, ms", "first number, ms", "slowest, ms"], rows);
  console.log(`Bytes as they travel, headers too, until the first number is painted; of files to run, at most ${BYTES_MAX} are aimed at.\n`);
}

/** Does all that a person does, round after round, and tells how soon each was painted, and how soon its data was there. */
async function interactions(cookies, slowdown) {
  const context = await newcomer(cookies);
  const page = await context.newPage();
  const check = watch(page, "the dashboard");
  const devtools = await context.newCDPSession(page);
  await page.goto(address);
  await page.waitForFunction(() => window.bench.first && !document.querySelector(".skeleton, .skeleton-rows"), null, { timeout: PATIENCE_MS });
  if (slowdown > 1) await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  const kinds = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    for (const step of SCRIPT) {
      const { painted, settled } = await done(page, step);
      const kind = kinds.get(step.name) ?? { painted: [], settled: [] };
      kind.painted.push(...painted);
      kind.settled.push(settled);
      kinds.set(step.name, kind);
    }
  }
  check();
  await context.close();
  const row = (name, { painted, settled }) => [
    name, `${painted.length}`, ...[0.5, 0.95].map((share) => shown(quantile(painted, share), 0)), shown(Math.max(...painted), 0),
    ...[0.5, 0.95].map((share) => shown(quantile(settled, share), 0)),
  ];
  const all = [...kinds.values()];
  const sum = { painted: all.flatMap(({ painted }) => painted), settled: all.flatMap(({ settled }) => settled) };
  table(
    [`interaction, CPU ${slowdown > 1 ? `slowed down ${slowdown} times` : "as it is"}`, "count", "next paint p50, ms", "p95", "longest", "all data there p50, ms", "p95"],
    [...[...kinds].map(([name, kind]) => row(name, kind)), row("all", sum)],
  );
  const late = quantile(sum.painted, 0.95);
  console.log(`Next paint p95: ${shown(late, 0)} ms, where at most ${NEXT_PAINT_MS} are aimed at.\n`);
}

/** Does one thing. Answers how long each of its interactions took to be painted, and all of it until what it asked for is there. */
async function done(page, { name, act, done }) {
  const before = await page.evaluate(() => {
    window.bench.painted.length = 0;
    return performance.interactionCount;
  });
  await act(page);
  try {
    await page.waitForFunction(done, null, { timeout: PATIENCE_MS, polling: "raf" });
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
  const { settled, count, entries } = await page.evaluate(async (before) => {
    const settled = performance.now() - window.bench.begun;
    // An event is told of after the frame that it led to.
    const frame = () => new Promise((passed) => requestAnimationFrame(() => setTimeout(passed)));
    await frame();
    await frame();
    return { settled, count: performance.interactionCount - before, entries: window.bench.painted };
  }, before);
  const longest = new Map();
  for (const [id, duration] of entries) longest.set(id, Math.max(duration, longest.get(id) ?? SHORTEST_MS));
  const painted = [...longest.values()];
  while (painted.length < count) painted.push(SHORTEST_MS);
  return { settled, painted };
}

/** Leaves pages open while events come, and looks at their memory. */
async function memory(cookies) {
  const pages = [];
  for (const [name, path] of [["overview", ""], ["live", "/live"]]) {
    const context = await newcomer(cookies);
    const page = await context.newPage();
    const check = watch(page, name);
    const devtools = await context.newCDPSession(page);
    await page.goto(address + path);
    await page.waitForFunction(() => document.querySelector("[data-testid][data-value]"), null, { timeout: PATIENCE_MS });
    pages.push({ name, page, devtools, check, looks: [] });
  }
  const begun = Date.now();
  for (let look = 0; look <= LOOKS; look++) {
    const due = begun + (look / LOOKS) * MINUTES * 60_000;
    await new Promise((passed) => setTimeout(passed, Math.max(due - Date.now(), 0)));
    for (const one of pages) one.looks.push({ minute: (Date.now() - begun) / 60_000, ...(await held(one)) });
  }
  const grown = [];
  const rows = pages.map(({ name, looks, check }) => {
    check();
    // The first look is of a page that is still filling.
    const [warm, end] = [looks[Math.ceil(LOOKS / 6)], looks.at(-1)];
    if (end.wasm > warm.wasm + WASM_PAGE) grown.push(`${name}: from ${warm.wasm} to ${end.wasm} bytes`);
    const cells = (pick) => [looks[0], warm, end].map((look) => kib(pick(look)));
    const after = looks.filter(({ minute }) => minute >= warm.minute);
    return [
      name, ...cells(({ wasm }) => wasm), ...cells(({ heap }) => heap),
      shown(slope(after.map(({ minute, heap }) => [minute, heap / 1024])), 2), `${warm.nodes}, ${end.nodes}`, `${warm.listeners}, ${end.listeners}`,
    ];
  });
  const at = (what) => ["begun", "warm", "in the end"].map((when) => `${what}, KiB: ${when}`);
  table([`left open for ${MINUTES} min`, ...at("WebAssembly"), ...at("JS heap"), "JS heap, KiB/min since warm", "nodes", "listeners"], rows);
  if (grown.length) throw new Error(`WebAssembly's memory grew by more than a page:\n${grown.join("\n")}`);
}

/** What a page holds once garbage is collected. */
async function held({ page, devtools }) {
  for (let round = 0; round < 2; round++) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  const wasm = await page.evaluate(() => window.bench.memory.buffer.byteLength);
  return { heap: usedSize, wasm, nodes, listeners: jsEventListeners };
}

/** How fast a line through points rises, by least squares. */
function slope(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)];
  const covariance = mean((point) => (point[0] - x) * (point[1] - y));
  return covariance / mean((point) => (point[0] - x) ** 2);
}
