// Comes in by every way there is: the first owner, a password, an invitation, a forgotten password, shared links; and is
// thrown out while looking.
import { once } from "node:events";
import { createServer } from "node:http";

import { accessible, open, watch } from "./browser.mjs";

const { SETUP_LINK, RESET_LINK, SITE } = process.env;
const PATIENCE_MS = 30_000;
const EMAIL = "ann@shop.example";
const PASSWORD = "the tide comes in twice a day";
const SECOND_PASSWORD = "and goes out as often";
const SHARE_PASSWORD = "low water at noon";

const browser = await open();
const origin = new URL(SETUP_LINK).origin;
const checks = [];
let page;
try {
  // The link that the server printed.
  page = await newcomer("owner");
  await page.goto(SETUP_LINK);
  await accessible(page, "setup");
  await focused("email");
  await page.getByLabel("E-mail").fill("nobody");
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await press("Make the account");
  await faulty("email", "Must be an address such as ann@shop.example");
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("New password", { exact: true }).fill("short");
  await press("Make the account");
  await faulty("password", "Must have at least 10 characters");
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await inside();
  if (page.url().includes("#")) throw new Error(`the token stays in the address: ${page.url()}`);
  // It was spent.
  page = await newcomer("second owner");
  await page.goto(SETUP_LINK);
  await signIn("eve@shop.example", PASSWORD, "New password", "Make the account");
  await page.getByText("This link is not valid any more").waitFor({ timeout: PATIENCE_MS });
  page = await page.context().newPage();
  await page.goto(`${origin}/setup`);
  await page.getByText("This link is incomplete").waitFor({ timeout: PATIENCE_MS });

  // Out, and in again by the password.
  page = await newcomer("password");
  await page.goto(`${origin}/sites/${SITE}`);
  await page.getByRole("button", { name: "Sign in" }).waitFor({ timeout: PATIENCE_MS });
  await accessible(page, "sign in");
  await press("Sign in");
  await faulty("email", "Fill this in");
  await signIn(EMAIL, "not my password");
  await faulty("password", "The address or the password is wrong");
  await accessible(page, "a wrong password");
  await signIn(EMAIL, PASSWORD);
  await inside();
  if (!page.url().endsWith(`/sites/${SITE}`)) throw new Error(`signing in led away, to ${page.url()}`);
  await press("Sign out");
  await page.getByRole("heading", { name: "Sign in" }).waitFor({ timeout: PATIENCE_MS });
  await signIn(EMAIL, PASSWORD);
  await inside();
  const owner = page;

  // An invitation, by a new account.
  const { url: invitation } = await make(owner, "invitations", { role: "viewer" });
  page = await newcomer("invited");
  await page.goto(invitation);
  await accessible(page, "invitation");
  await signIn("bob@shop.example", PASSWORD, "Password", "Accept the invitation");
  await inside();

  // A forgotten password: the old one is out.
  page = await newcomer("reset");
  await page.goto(RESET_LINK);
  await accessible(page, "reset");
  await page.getByLabel("New password", { exact: true }).fill(SECOND_PASSWORD);
  await press("Set the password");
  await inside();
  page = await newcomer("old password");
  await page.goto(`${origin}/signin`);
  await signIn("carol@shop.example", PASSWORD);
  await faulty("password", "The address or the password is wrong");
  await signIn("carol@shop.example", SECOND_PASSWORD);
  await inside();

  // A shared link with a password: asked for once, and nothing to change there.
  const shared = await make(owner, "shares", { name: "For the board", password: SHARE_PASSWORD });
  page = await newcomer("shared");
  await page.goto(shared.url);
  await page.getByText("This link asks for a password").waitFor({ timeout: PATIENCE_MS });
  await accessible(page, "shared link");
  await page.getByLabel("Password", { exact: true }).fill("high water at noon");
  await press("Show the numbers");
  await faulty("password", "The password is wrong");
  await page.getByLabel("Password", { exact: true }).fill(SHARE_PASSWORD);
  await press("Show the numbers");
  await shows("kpi-pageviews", 3);
  await shows("live-visitors", 2);
  await page.getByRole("heading", { name: "test.example" }).waitFor({ timeout: PATIENCE_MS });
  await accessible(page, "shared site");
  if (await page.getByRole("button", { name: "Sign out" }).count()) throw new Error("a visitor can sign out");
  await page.reload();
  await shows("kpi-pageviews", 3);

  // Revoked while it is on the screen.
  await owner.evaluate(async ([site, slug]) => {
    const answer = await fetch(`/api/v1/sites/${site}/shares/${slug}`, { method: "DELETE" });
    if (!answer.ok) throw new Error(await answer.text());
  }, [SITE, shared.slug]);
  await page.reload();
  await page.getByText("This link was revoked or has ended").waitFor({ timeout: PATIENCE_MS });

  // A part of the site, without a password: one country, and a quiet word where the present would be.
  const part = await make(owner, "shares", { name: "For Japan", lock: ["is", "country", ["JP"]] });
  page = await newcomer("part");
  await page.goto(part.url);
  await shows("kpi-pageviews", 1);
  await page.getByTestId("realtime-withheld").getByText("Live numbers are not part of this link").waitFor();
  if (await page.getByTestId("live-visitors").isVisible()) throw new Error("a part shows the live badge");
  await accessible(page, "part of a site");

  // Within another site's page: no cookie, the colours that were asked for. What is not for that is refused.
  const whole = await make(owner, "shares", { name: "For the blog" });
  const frames = { "/": `${whole.url.replace("/share/", "/embed/")}?theme=dark`, "/other": whole.url };
  const blog = createServer(({ url }, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end(`<!doctype html><title>Blog</title><iframe src="${frames[url] ?? ""}" title="Visitors" width="900" height="900"></iframe>`);
  });
  blog.listen(0, "127.0.0.1");
  await once(blog, "listening");
  page = await newcomer("embedded");
  await page.goto(`http://localhost:${blog.address().port}/`);
  const frame = page.frameLocator("iframe");
  await frame.locator('[data-testid="kpi-pageviews"][data-value="3"]').waitFor({ state: "attached", timeout: PATIENCE_MS });
  await frame.locator('[data-testid="live-visitors"][data-value="2"]').waitFor({ state: "attached", timeout: PATIENCE_MS });
  if ((await frame.locator("html").getAttribute("data-theme")) !== "dark") throw new Error("the frame is not dark");
  if (await frame.locator(".tools").isVisible()) throw new Error("the frame offers what is of no use in it");
  if ((await page.context().cookies()).length) throw new Error("an embedded page left a cookie");
  await page.goto(`http://localhost:${blog.address().port}/other`);
  await page.waitForFunction(() => document.readyState === "complete");
  if (await page.frameLocator("iframe").getByTestId("kpi-pageviews").count()) throw new Error("any page can be embedded");
  blog.close();

  // A network that is away, and a session that ends: what is on the screen stays, and goes on.
  page = owner;
  await page.context().setOffline(true);
  await page.getByText("You are offline").waitFor({ timeout: PATIENCE_MS });
  await shows("kpi-pageviews", 3);
  await accessible(page, "offline");
  await page.context().setOffline(false);
  await page.getByText("You are offline").waitFor({ state: "hidden", timeout: PATIENCE_MS });
  await page.context().clearCookies();
  await page.keyboard.press("w");
  const dialog = page.getByRole("dialog", { name: "You were signed out" });
  await dialog.waitFor({ timeout: PATIENCE_MS });
  await shows("kpi-pageviews", 3);
  await accessible(page, "signed out meanwhile");
  await signIn(EMAIL, PASSWORD);
  await dialog.waitFor({ state: "detached", timeout: PATIENCE_MS });
  await page.waitForFunction(() => !document.querySelector(".stale, .skeleton, .failed"));
  if (new URL(page.url()).search !== "?v=1&period=7d") throw new Error(`the address is ${page.url()}`);
  await shows("kpi-pageviews", 3);

  for (const check of checks) check();
} catch (error) {
  console.error(`${page?.url()} said:\n${await page?.innerText("body").catch(() => "nothing")}`);
  throw error;
} finally {
  await browser.close();
}

/** A browser of somebody's own. What the server refuses on purpose is no fault of the page. */
async function newcomer(name) {
  const opened = await (await browser.newContext()).newPage();
  checks.push(watch(opened, name, /the server responded with a status of 40[0134]|ERR_INTERNET_DISCONNECTED|frame-ancestors/));
  return opened;
}

async function press(name) {
  await page.getByRole("button", { name, exact: true }).click();
}

async function signIn(email, password, label = "Password", action = "Sign in") {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel(label, { exact: true }).fill(password);
  await press(action);
}

/** Waits until the site is on the screen. */
async function inside() {
  await shows("kpi-pageviews", 3);
}

/** Waits until the number under a test id is `count`. */
async function shows(id, count) {
  const place = page.locator(`[data-testid="${id}"][data-value="${count}"]`);
  await place.waitFor({ state: "attached", timeout: PATIENCE_MS });
}

/** Waits until a field is called wrong in these words, and has the focus. */
async function faulty(name, words) {
  await page.locator(`#door-${name}-about`, { hasText: words }).waitFor({ timeout: PATIENCE_MS });
  const invalid = await page.locator(`#door-${name}`).getAttribute("aria-invalid");
  if (invalid !== "true") throw new Error(`${name} is not marked as wrong`);
  await focused(name);
}

async function focused(name) {
  await page.locator(`#door-${name}:focus`).waitFor({ timeout: PATIENCE_MS });
}

/** Has a person make something of the site's. */
function make(person, kind, body) {
  return person.evaluate(async ([path, body]) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }, [`/api/v1/sites/${SITE}/${kind}`, body]);
}
