// Watches a site, from nothing to a message: an alert is put together beside what it would have told, fires, and reaches a
// receiver on this machine, signed; what became of it is in its history.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { accessible, open, watch } from "./browser.mjs";

const { SIGN_IN_LINK, SITE, SHOTS } = process.env;
const { origin } = new URL(SIGN_IN_LINK);
const PATIENCE_MS = 20_000;

const posts = [];
const receiver = createServer(async (request, answer) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  posts.push({ headers: request.headers, body: Buffer.concat(chunks) });
  // The first try fails.
  answer.writeHead(posts.length === 1 ? 500 : 204).end();
});
receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
const hook = `http://127.0.0.1:${receiver.address().port}/hook`;

const browser = await open();
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
try {
  // What cannot be watched is tried on purpose.
  const check = watch(page, "alerts", /Failed to load resource/);
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"), { timeout: PATIENCE_MS });
  await page.goto(`${origin}/sites/${SITE}/live`);
  await page.getByRole("link", { name: "Alerts", exact: true }).click();
  await page.getByTestId("alert-offer").waitFor({ timeout: PATIENCE_MS });
  await looksRight("nothing");

  // The usual ones, by one click.
  await page.getByRole("button", { name: "Watch these" }).click();
  await row("Traffic spike").getByText("Learning").waitFor({ timeout: PATIENCE_MS });
  await row("No data").waitFor();

  // One of one's own, by keys alone where there is nothing to choose.
  await page.getByRole("button", { name: "New alert" }).press("Enter");
  await page.getByLabel("What it is called").fill("Few page views");
  await page.getByLabel("Tell me when there is").selectOption("below");
  await page.getByLabel("Of", { exact: true }).selectOption("pageviews");
  await page.getByLabel("Number", { exact: true }).fill("1000000");
  await page.getByTestId("alert-times").getByText("Once in").waitFor({ timeout: PATIENCE_MS });
  await page.getByTestId("alert-fired").first().waitFor({ state: "attached" });
  // Whoever cannot point reads the chart by keys.
  await page.getByTestId("alert-preview").getByRole("group").focus();
  await page.keyboard.press("End");
  await page.getByTestId("alert-preview").getByText(/Bad below 1,000,000, bad/).waitFor({ state: "attached" });
  await looksRight("editor");

  // What is refused is said at its field.
  await page.getByLabel("Webhook", { exact: true }).fill("http://169.254.169.254/latest");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/link-local/).first().waitFor({ timeout: PATIENCE_MS });
  await page.getByLabel("Webhook", { exact: true }).fill(hook);
  await page.getByRole("button", { name: "Save" }).click();
  const mine = row("Few page views");
  // The list follows how it stands.
  await mine.getByText("Firing").waitFor({ timeout: PATIENCE_MS });
  await until("the message and its second try", () => posts.length >= 2);
  const [first, second] = posts;
  if (first.headers["webhook-id"] !== second.headers["webhook-id"]) throw new Error("tried again under another id");
  const told = JSON.parse(second.body);
  if (told.type !== "alert.opened" || told.data.tracking_id !== SITE) throw new Error(JSON.stringify(told));

  // The key that the editor shows verifies it.
  await mine.getByRole("button", { name: "Edit Few page views" }).click();
  const secret = await page.getByText(/^whsec_/).innerText();
  const signed = `${second.headers["webhook-id"]}.${second.headers["webhook-timestamp"]}.${second.body}`;
  const key = Buffer.from(secret.trim().slice("whsec_".length), "base64");
  const signature = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  if (second.headers["webhook-signature"] !== signature) throw new Error("the signature is another");
  await page.keyboard.press("Escape");
  await page.getByTestId("alert-editor").waitFor({ state: "detached" });

  // The button tries the channels, and the history tells.
  await mine.getByRole("button", { name: "Test Few page views" }).click();
  const history = mine.getByTestId("alert-history");
  await history.getByText(/^Test: Few page views/).waitFor({ timeout: PATIENCE_MS });
  await history.getByText(/^Opened: Few page views/).waitFor();
  await until("the test", () => posts.length >= 3 && JSON.parse(posts[2].body).type === "alert.test");
  await history.getByText("webhook 127.0.0.1 – delivered").first().waitFor({ timeout: PATIENCE_MS });
  await looksRight("history");

  await mine.getByRole("button", { name: "Pause Few page views" }).click();
  await mine.getByText("Paused").waitFor({ timeout: PATIENCE_MS });
  // The list is made anew with what is changed.
  await mine.getByRole("button", { name: "Resume Few page views" }).waitFor({ timeout: PATIENCE_MS });
  await mine.getByRole("button", { name: "Delete Few page views" }).click();
  await mine.getByRole("button", { name: "Delete", exact: true }).click();
  await mine.waitFor({ state: "detached", timeout: PATIENCE_MS });
  check();
} catch (error) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/alerts-failed.png`, fullPage: true });
  console.error(page.url() + " said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
  receiver.close();
}

function row(name) {
  return page.locator(`[data-testid="alert"][data-name="${name}"]`);
}

async function until(what, holds) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function looksRight(name) {
  await accessible(page, name);
  if (!SHOTS) return;
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${SHOTS}/alerts-${name}-${colorScheme}.png`, fullPage: true });
  }
}
