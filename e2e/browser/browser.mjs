// The browser of the tests: the machine's own Chromium, without a display and without a network of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser that CHROME_PATH names. */
function program() {
  const path = process.env.CHROME_PATH;
  if (!path) throw new Error("CHROME_PATH is not set; run the tests by `cargo xtask test`");
  return path;
}

/**
 * Opens it, with more `flags`; with `keepsPages`, a page that is left is kept as it is for whoever goes back, as people's
 * browsers do.
 */
export function open({ keepsPages, flags = [] } = {}) {
  const ignoreDefaultArgs = keepsPages && ["--disable-back-forward-cache"];
  return chromium.launch({ executablePath: program(), headless: true, args: [...FLAGS, ...flags], ignoreDefaultArgs });
}

/** Opens a page in it that nobody steers: what steers a browser keeps it from rendering pages ahead. Answers how to close it. */
export function visit(url) {
  const profile = mkdtempSync(join(tmpdir(), "tidemark-browser-"));
  const browser = spawn(program(), [...FLAGS, "--headless=new", `--user-data-dir=${profile}`, url], { stdio: "ignore" });
  const ended = once(browser, "exit");
  return async () => {
    browser.kill();
    await ended;
    // Its helpers end a little later.
    await rm(profile, { recursive: true, force: true, maxRetries: 20 });
  };
}

/** Fails the test when the page has faults that keep people out (axe: WCAG A and AA, and best practice). */
export async function accessible(page, name) {
  // A page is judged when it is there.
  await page.locator("h1").first().waitFor();
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  await page.evaluate(readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const faults = violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes[0].html})`);
  if (faults.length) throw new Error(`${name}: ${faults.join("\n")}`);
}

/**
 * Fails the test when the page throws or logs an error, but for those that the test `expected`. Answers a function that
 * checks so far.
 */
export function watch(page, name, expected = /^$/) {
  const errors = [];
  page.on("pageerror", (error) => errors.push(`${name}: ${error}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.test(message.text())) errors.push(`${name}: ${message.text()}`);
  });
  return () => {
    if (errors.length) throw new Error(errors.join("\n"));
  };
}
