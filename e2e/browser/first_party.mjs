// A site that has the script, and takes the events, under a path of its own: nothing goes anywhere else.
import { open, watch } from "./browser.mjs";

const { SHOP_URL } = process.env;

const browser = await open();
try {
  await visit("/with", true, "/stats/api/v1/events", 204);
  await visit("/without", false, "/stats/p.gif", 200);
} finally {
  await browser.close();
}

/** Opens a page and waits for what it sends. */
async function visit(path, javaScriptEnabled, sends, status) {
  const context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  const check = watch(page, path);
  const elsewhere = [];
  page.on("request", (request) => request.url().startsWith(SHOP_URL) || elsewhere.push(request.url()));
  const [answer] = await Promise.all([
    page.waitForResponse((response) => new URL(response.url()).pathname === sends),
    page.goto(SHOP_URL + path),
  ]);
  if (answer.status() !== status) throw new Error(`${sends} was answered ${answer.status()}: ${await answer.text()}`);
  if (elsewhere.length) throw new Error(`${path} asked ${elsewhere}`);
  check();
  await context.close();
}
