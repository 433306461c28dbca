// The browser of the tests: the machine's own Chromium, without a display and without a network of its own.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

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

/** Opens the browser that CHROME_PATH names, with more flags. */
export function open(more = []) {
  const executablePath = process.env.CHROME_PATH;
  if (!executablePath) throw new Error("CHROME_PATH is not set; run the tests by `cargo xtask test`");
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...more] });
}

/** Fails the test when the page has faults that keep people out (axe: WCAG A and AA, and best practice). */
export async function accessible(page, name) {
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
