// The npm package, as a customer has it: packed, checked, built into pages by each way that the documentation shows, and opened
// in a browser against the edge. What must be counted stands in `tests/packages.rs`. Prints who sent each page's batches, and ends
// when its input does: what left with its page is on its way, and closing the browser would stop it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build } from "vite";

import { open } from "./browser.mjs";
import { makeProject } from "./project.mjs";

const { EDGE_URL, SITE } = process.env;
const PATIENCE_MS = 20_000;
/** Pages have names, as those of customers have, and no program steers the browser, as far as pages can tell. */
const FLAGS = ["--host-resolver-rules=MAP shop.example 127.0.0.1", "--disable-blink-features=AutomationControlled"];

const project = makeProject();
const at = (path) => join(project.folder, path);

const HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">';
const BODY = '<body><div id="app"></div><button>Sign up</button>';

/** What is not in the documentation: calls before `init`, and two of it; a script that cannot be had; options, on a strict page. */
const EARLY = `
  import { debug, init, track, variant } from "@tidemark/web";
  debug(true);
  track("early", { n: 1 });
  variant("hero", "b");
  init({ site: ${JSON.stringify(SITE)}, endpoint: ${JSON.stringify(EDGE_URL)} });
  init({ site: "another" });
  debug(false);
  window.told = new Promise((callback) => track("told", null, { callback }));`;
const BLOCKED = `
  import { init, track } from "@tidemark/web";
  init({ site: ${JSON.stringify(SITE)}, endpoint: ${JSON.stringify(EDGE_URL)}, src: "/nothing.js" });
  window.told = new Promise((callback) => track("told", null, { callback }));
  window.again = told.then(() => new Promise((callback) => track("again", null, { callback })));`;
const OPTIONS = `
  import { init, page } from "@tidemark/web";
  init();
  init({ site: ${JSON.stringify(SITE)}, endpoint: "http://[" });
  init({
    site: ${JSON.stringify(SITE)}, endpoint: ${JSON.stringify(EDGE_URL)}, host: ${JSON.stringify(`${EDGE_URL}/stats/`)}, nonce: "tide",
    manual: true, outbound: true, downloads: ["pdf", "zip"], exclude: "/admin/**", notFound: "page", engagement: false,
    respect: [], vitals: false, forms: undefined, unknown: true,
  });
  page({ props: { kind: "own" } });`;
const SERVER = `
  import { renderToReadableStream } from "react-dom/server.edge";
  import App from "./app.jsx";
  export const render = () => renderToReadableStream(<App />, { bootstrapModules: ["/next/client.js"] });`;
const CLIENT = 'import { hydrateRoot } from "react-dom/client"; import App from "./app.jsx"; hydrateRoot(document, <App />);';
const APP = `
  import { useTidemark } from "@tidemark/web/next";
  import RootLayout from "./layout.jsx";
  const Signup = () => {
    const { track } = useTidemark();
    return <button onClick={() => track("signup", { plan: "pro" })}>Sign up</button>;
  };
  export default () => <RootLayout><Signup /></RootLayout>;`;

const OPTIONS_TOLD = {
  404: "page",
  site: SITE,
  endpoint: `${EDGE_URL}/`,
  manual: "",
  outbound: "",
  downloads: "pdf,zip",
  exclude: "/admin/**",
  engagement: "off",
  respect: "",
  src: `${EDGE_URL}/stats/sdk/tidemark.js`,
};

project.write("early/main.js", EARLY);
project.write("blocked/main.js", BLOCKED);
project.write("options/main.js", OPTIONS);
project.write("next/app.jsx", APP);
project.write("next/client.jsx", CLIENT);
project.write("next/server.jsx", SERVER);

let browser;
let shop;
let pages;
try {
  await checkPackage();
  pages = await buildPages();
  shop = await openShop();
  browser = await open({ flags: FLAGS });
  const senders = {};
  for (const name of Object.keys(pages)) senders[name] = await visit(name);
  console.log(JSON.stringify(senders));
  await once(process.stdin.resume(), "end");
} finally {
  await browser?.close();
  shop?.close();
  project.close();
}

async function checkPackage() {
  const { messages, pkg } = await publint({ pkgDir: at("node_modules/@tidemark/web"), strict: true, pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
  assert.match(readFileSync(at("node_modules/@tidemark/web/dist/react.js"), "utf8"), /^"use client";/);
  for (const more of [[], ["--module", "preserve", "--moduleResolution", "bundler"]]) {
    execFileSync(at("node_modules/typescript/bin/tsc"), ["-p", project.folder, ...more], { stdio: "inherit" });
  }
  execFileSync("node", [at("entries.mjs")], { stdio: "inherit" });
}

/** What a bundler makes of an entry: one script. */
async function bundle(entry, more = {}) {
  const file = join(entry.split("/")[0], more.ssr ? "server.out.mjs" : "client.js");
  await build({
    root: project.folder,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: "built",
      emptyOutDir: false,
      minify: !more.ssr,
      ssr: more.ssr,
      rollupOptions: { input: at(entry), output: { entryFileNames: file, format: "es" } },
    },
  });
  return at(join("built", file));
}

/** Pages by name: headers and HTML. */
async function buildPages() {
  const page = (html, headers = {}) => ({ html, headers });
  const usual = async (entry) => {
    const script = await bundle(entry);
    assert(existsSync(script), `${entry} is built`);
    return page(`${HEAD}<script type="module" src="/${entry.split("/")[0]}/client.js"></script></head>${BODY}`);
  };
  const react = await usual("react/main.jsx");
  const vue = await usual("vue/main.js");
  const plain = await usual("plain/main.js");
  const early = await usual("early/main.js");
  const blocked = await usual("blocked/main.js");
  const options = page(
    `${HEAD}</head>${BODY}<script type="module" nonce="tide" src="/options/client.js"></script>`,
    { "content-security-policy": `default-src 'none'; script-src 'nonce-tide' 'strict-dynamic'; connect-src ${EDGE_URL}; img-src data:` },
  );
  await bundle("options/main.js");
  const gtm = page(`${HEAD}${readFileSync(at("gtm/tag.html"), "utf8")}</head>${BODY}`);

  const script = readFileSync(await bundle("inline/main.js"), "utf8");
  assert(!script.includes("</script"), "a page can hold it");
  const strict = (policy, attributes = "") => {
    const headers = { "content-security-policy": `default-src 'none'; script-src ${policy}; connect-src ${EDGE_URL}; img-src data:` };
    return page(`${HEAD}</head>${BODY}<script type="module"${attributes}>${script}</script>`, headers);
  };
  const hash = `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  const inlinejs = strict(hash);
  const inlinewasm = strict("'nonce-tide' 'wasm-unsafe-eval'", ' nonce="tide"');

  await bundle("next/client.jsx");
  const { render } = await import(pathToFileURL(await bundle("next/server.jsx", { ssr: true })));
  const next = page(await new Response(await render()).text());
  assert.match(next.html, /<html lang="en">.*<button>Sign up<\/button>/);
  return { react, vue, plain, gtm, early, blocked, options, inlinejs, inlinewasm, next };
}

/** The customer's server: pages, their scripts, and what Next.js does by the configuration. */
async function openShop() {
  const { default: config } = await import(pathToFileURL(at("next/next.config.mjs")));
  assert.equal(config.reactStrictMode, true);
  const rules = await config.rewrites();
  const server = createServer(async (request, response) => {
    const [, name, file] = request.url.split("/");
    for (const { source, destination } of rules) {
      const match = new RegExp(`^${source.replace(":file*", "(.*)")}$`).exec(request.url);
      if (match) return pass(request, response, destination.replace(":file*", match[1]));
    }
    const page = pages[name];
    const script = file && at(`built/${name}/${file}`);
    if (script && existsSync(script)) {
      response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(script));
    } else if (page && !file) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers }).end(page.html);
    } else response.writeHead(404).end();
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://shop.example:${server.address().port}`, close: () => server.close() };
}

async function pass(request, response, url) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { "user-agent": agent } = request.headers;
  const { method } = request;
  const answer = await fetch(url, { method, headers: { "user-agent": agent }, body: method === "POST" ? Buffer.concat(chunks) : undefined });
  const kind = answer.headers.get("content-type");
  response.writeHead(answer.status, kind ? { "content-type": kind } : {}).end(Buffer.from(await answer.arrayBuffer()));
}

/** Opens a page, does what its visitors do, and leaves. Answers who sent its batches, by their own names. */
async function visit(name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const [faults, warnings, senders, foreign] = [[], [], [], []];
  page.on("pageerror", (error) => faults.push(error));
  page.on("console", (line) => line.type() === "warning" && warnings.push(line.text()));
  page.on("request", (request) => {
    if (request.resourceType() === "script" && !request.url().startsWith(shop.url)) foreign.push(request.url());
    const batch = request.method() === "POST" && JSON.parse(request.postData());
    if (batch && !senders.includes(batch.sdk)) senders.push(batch.sdk);
  });
  await context.addInitScript(() => {
    window.violations = [];
    addEventListener("securitypolicyviolation", ({ blockedURI }) => violations.push(blockedURI));
  });
  await page.goto(`${shop.url}/${name}/`);
  if (name === "blocked") {
    for (const told of ["told", "again"]) {
      const reason = "the script cannot be loaded";
      assert.deepEqual(await page.evaluate((told) => window[told], told), { reason });
    }
  } else {
    await page.waitForFunction(() => window.tidemark?.track, null, { timeout: PATIENCE_MS });
  }
  if (name === "early") {
    assert.deepEqual(await page.evaluate(() => window.told), { status: 204 });
    assert.deepEqual(warnings, ["tidemark: init is ignored, for it was called before"]);
  }
  if (name === "options") {
    const tag = page.locator("script[data-site]");
    assert.deepEqual(await tag.evaluate((script) => ({ ...script.dataset, src: script.src })), OPTIONS_TOLD);
    assert.deepEqual(warnings.map((text) => text.slice(0, 50)), [
      "tidemark: init is ignored: site is required",
      "tidemark: init is ignored: Failed to construct 'URL': Invalid URL".slice(0, 50),
    ]);
    await delivered(page, '"404"');
  } else if (!["blocked", "early", "gtm"].includes(name)) {
    await page.getByRole("button").first().click();
    await delivered(page, '"signup"');
  } else if (name === "gtm") {
    await page.evaluate(() => new Promise((callback) => tidemark.track("signup", { plan: "pro" }, { callback })));
  }
  const violations = await page.evaluate(() => window.violations);
  // The smallest module there is was tried, before anything else.
  assert.deepEqual(violations, ["inlinejs", "options"].includes(name) ? ["wasm-eval"] : []);
  if (/inline|next/.test(name)) assert.deepEqual(foreign, [], `${name} has scripts of another host`);
  await page.goto("about:blank");
  assert.deepEqual(faults, [], name);
  return senders;
}

/** Waits until the core has delivered what says so. */
async function delivered(page, text) {
  const answer = page.waitForResponse((answer) => answer.request().postData()?.includes(text), { timeout: PATIENCE_MS });
  await page.evaluate(() => tidemark.flush());
  assert.equal((await answer).status(), 204);
}
