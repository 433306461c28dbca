// Decides everything there is to decide about a site, through its pages: what is saved is there after a reload and effective,
// what is wrong is said at the field in the server's words.
import { open, watch } from "./browser.mjs";
import { PATIENCE_MS, SettingsPage } from "./pages/settings.mjs";

const { SETUP_LINK, SITE } = process.env;
const PASSWORD = "the tide comes in twice a day";
const NEW_PASSWORD = "and goes out as often";
const SHARE_PASSWORD = "low water at noon";
const JSON_HEADERS = { "content-type": "application/json" };

const browser = await open();
const origin = new URL(SETUP_LINK).origin;
const checks = [];
let page;
try {
  page = await newcomer("owner");
  await comeIn(SETUP_LINK, "ann@shop.example", "New password", "Make the account");
  const settings = new SettingsPage(page, origin, SITE);

  // General.
  await settings.open("general");
  await settings.refused("Name", { Name: " " }, "Name", "Must be 1 to 256 bytes");
  await settings.save("Name", { Name: "Harbour" });
  await settings.refused("Time zone", { "Time zone": "Mars/Olympus" }, "Time zone", "Must be a name of the IANA time zone database");
  await zone("vienna");
  await settings.save("Time zone", {});
  await settings.save("Programs", { "Leave programs out": true });
  await page.getByText("Limits on traffic").first().click();
  await settings.refused("Limits on traffic", { "Of one visitor": "0" }, "Of one visitor", "Must be 1 to");
  await settings.refused("Limits on traffic", { "Of one visitor": "" }, "Of one visitor", "Must be a whole number");
  await settings.save("Limits on traffic", { "Of one visitor": "33" });
  await settings.accessible("general");
  await settings.reflows("general");
  await page.reload();
  await settings.form("Name").waitFor({ timeout: PATIENCE_MS });
  await settings.has("Name", "Name", "Harbour");
  await settings.has("Time zone", "Time zone", "Europe/Vienna");
  await settings.has("Programs", "Leave programs out", true);
  await page.getByText("Limits on traffic").first().click();
  await settings.has("Limits on traffic", "Of one visitor", "33");

  // Somebody else changes something meanwhile: what is on the screen is not saved over it.
  await api(page, "PATCH", `/api/v1/sites/${SITE}`, { name: "Port" });
  await settings.send("Name", { Name: "Quay" });
  await settings.form("Name").getByText("Somebody else changed these settings meanwhile").waitFor({ timeout: PATIENCE_MS });
  await settings.open("general");
  await settings.save("Name", { Name: "Harbour" });

  // Goals.
  await settings.open("goals");
  await settings.refused("Add a goal", {}, "Name", "Fill this in.");
  await settings.send("Add a goal", { Name: "Thanked", Path: "/thanks/**" });
  await settings.row("Thanked").getByText("sees /thanks/**").waitFor({ timeout: PATIENCE_MS });
  await settings.send("Add a goal", { Name: "Bought", "Reached by": "An event", Event: "purchase", Path: "" });
  await settings.row("Bought").waitFor({ timeout: PATIENCE_MS });
  await settings.send("Add a goal", { Name: "Bought", Event: "purchase" });
  await settings.form("Add a goal").getByText("Bought is there twice").waitFor({ timeout: PATIENCE_MS });
  await settings.accessible("goals");
  await settings.row("Bought").getByRole("button", { name: "Edit Bought" }).click();
  await settings.focused("Add a goal", "Name");
  await settings.send("Add a goal", { Event: "order" });
  await settings.row("Bought").getByText("order").waitFor({ timeout: PATIENCE_MS });
  await settings.remove("Thanked", "Remove");
  const goals = (await details()).settings.goals;
  if (JSON.stringify(goals) !== '[{"name":"Bought","event_type":"order"}]') throw new Error(JSON.stringify(goals));

  // Properties.
  await settings.open("properties");
  await settings.send("Declare a property", { Name: "plan" });
  await settings.row("plan").waitFor({ timeout: PATIENCE_MS });
  await settings.refused("Declare a property", { Name: "plan" }, "Name", "Plan is there twice");
  await settings.accessible("properties");
  await settings.remove("plan", "Remove");

  // Privacy and retention.
  await settings.open("privacy");
  await page.getByLabel("With lasting ids", { exact: true }).check();
  await settings.save("Visitors", {});
  await settings.save("Wishes of browsers", { "Honour Do Not Track": true });
  await settings.refused("Retention", { "Single events are kept for": "4000" }, "Single events are kept for", "Must be 1 to 3660");
  await settings.refused(
    "Retention",
    { "Single events are kept for": "90", "Counters are kept for": "30" },
    "Counters are kept for",
    "Must be 90 at least",
  );
  await settings.save("Retention", { "Counters are kept for": "400" });
  await settings.refused("Erase a person", { Visitor: "somebody" }, "Visitor", "32 lower-case hex digits");
  await settings.save("Erase a person", { "How they can be found": "By a property: an order, an account", Property: "order", Value: "4711" }, "Taken.");
  await page.getByText("asked for just now").waitFor({ timeout: PATIENCE_MS });
  await settings.accessible("privacy");
  await settings.reflows("privacy");
  const { visitors, honours_dnt, event_retention_days, rollup_retention_days } = (await details()).settings;
  if (visitors !== "persistent" || !honours_dnt || event_retention_days !== 90 || rollup_retention_days !== 400)
    throw new Error(`privacy was not saved: ${visitors} ${honours_dnt} ${event_retention_days} ${rollup_retention_days}`);

  // People: an invitation, taken up in another browser.
  await settings.open("people");
  await settings.refused("Invite somebody", { "E-mail": "nobody" }, "E-mail", "Must be an address such as ann@shop.example");
  await settings.save("Invite somebody", { "E-mail": "carl@shop.example" }, "Invited.");
  await settings.remove("carl@shop.example", "Withdraw");
  await settings.save("Invite somebody", { "E-mail": "bob@shop.example" }, "Invited.");
  const invitation = await settings.form("Invite somebody").locator("code").innerText();
  await settings.accessible("people");
  const owner = page;
  page = await newcomer("invited");
  const bob = page;
  await comeIn(invitation, "bob@shop.example", "Password", "Accept the invitation");
  const his = new SettingsPage(bob, origin, SITE);
  await his.open("general");
  await bob.getByText("You may look at these settings").waitFor({ timeout: PATIENCE_MS });
  if (await his.form("Name").getByLabel("Name", { exact: true }).isEnabled()) throw new Error("a viewer can type a name");
  await his.accessible("general, as a viewer");
  await his.open("people");
  await bob.getByText("Only owners of this site see its people").waitFor({ timeout: PATIENCE_MS });
  await his.open("danger");
  await bob.getByText("Only an owner of this site may delete it").waitFor({ timeout: PATIENCE_MS });
  page = owner;
  await settings.open("people");
  await settings.row("bob@shop.example").getByRole("combobox").selectOption("editor");
  await settings.row("bob@shop.example").getByText("Saved.").waitFor({ timeout: PATIENCE_MS });
  page = bob;
  await his.open("general");
  await his.save("Name", { Name: "Bob's harbour" });
  page = owner;
  await settings.remove("bob@shop.example", "Remove");
  page = bob;
  await bob.goto(`${origin}/sites/${SITE}/settings/general`);
  await bob.getByText("There is no such site").waitFor({ timeout: PATIENCE_MS });
  page = owner;

  // A key, made and used.
  await settings.open("keys");
  await settings.send("Make a key", { "What it is for": "Reports", "Read numbers": false });
  await settings.form("Make a key").getByText("Must be at least one of").waitFor({ timeout: PATIENCE_MS });
  await settings.refused("Make a key", { "Read numbers": true, "Ends after": "0" }, "Ends after", "Must be 1 to 3660");
  await settings.save("Make a key", { "Ends after": "30" }, "Made.");
  const key = await settings.form("Make a key").locator("code").innerText();
  if ((await ask(key)) !== 200) throw new Error("the key answers no questions");
  await settings.open("keys");
  await settings.row("Reports").getByText("last used").waitFor({ timeout: PATIENCE_MS });
  await settings.accessible("keys");
  await settings.remove("Reports", "Revoke");
  if ((await ask(key)) !== 401) throw new Error("a revoked key answers questions");

  // A shared link: with a password, and of a part.
  await settings.open("links");
  await settings.refused("Share this site", { "What it is for": "Japan", Password: "short" }, "Password", "Must have at least 10 characters");
  await page.getByRole("button", { name: "Narrow it down" }).click();
  await page.getByLabel("What is tested").selectOption({ label: "Country" });
  await page.getByLabel("Values, parted by commas").fill("JP");
  await settings.accessible("links, filled in");
  await settings.reflows("links");
  await settings.save("Share this site", { Password: SHARE_PASSWORD }, "Made");
  await settings.row("Japan").getByText("asks for a password · never ends · only country is JP").waitFor({ timeout: PATIENCE_MS });
  const shared = await settings.row("Japan").locator("code").innerText();
  page = await newcomer("shared");
  await page.goto(shared);
  await page.getByLabel("Password", { exact: true }).fill(SHARE_PASSWORD);
  await page.getByRole("button", { name: "Show the numbers" }).click();
  await page.locator('[data-testid="kpi-pageviews"][data-value="1"]').waitFor({ state: "attached", timeout: PATIENCE_MS });
  page = owner;
  await settings.remove("Japan", "Revoke");

  // One's own account.
  await page.goto(`${origin}/account`);
  await page.getByText("this browser").waitFor({ timeout: PATIENCE_MS });
  await settings.refused("Password", { "Present password": "not mine at all", "New password": NEW_PASSWORD }, "Present password", "The present password is wrong");
  await settings.refused("Password", { "Present password": PASSWORD, "New password": "short" }, "New password", "Must have at least 10 characters");
  await settings.save("Password", { "Present password": PASSWORD, "New password": NEW_PASSWORD }, "Changed.");
  await settings.accessible("account");
  await settings.reflows("account");
  await page.goto(`${origin}/people`);
  await settings.row("bob@shop.example").first().waitFor({ timeout: PATIENCE_MS });
  await settings.accessible("everybody");
  // Asked, thought better of, asked again: by the keyboard.
  const person = page.locator(".rows").first().locator("> li", { hasText: "bob@shop.example" });
  for (const key of ["Escape", "Enter"]) {
    await person.getByRole("button", { name: "Remove bob@shop.example" }).focus();
    await page.keyboard.press("Enter");
    await person.locator(".confirm-asked button:focus").waitFor({ timeout: PATIENCE_MS });
    await page.keyboard.press(key);
    if (key === "Escape") await person.getByRole("button", { name: "Remove bob@shop.example" }).waitFor({ timeout: PATIENCE_MS });
  }
  await person.waitFor({ state: "detached", timeout: PATIENCE_MS });

  // The end of the site.
  await settings.open("danger");
  await settings.accessible("danger");
  await settings.refused("Delete this site", { "Name of the site": "Harbour" }, "Name of the site", "Type Bob's harbour");
  await settings.send("Delete this site", { "Name of the site": "Bob's harbour" });
  await page.getByRole("heading", { name: "No sites yet" }).waitFor({ timeout: PATIENCE_MS });

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
  checks.push(watch(opened, name, /the server responded with a status of 4(0[01349]|12)/));
  return opened;
}

async function comeIn(link, email, label, action) {
  await page.goto(link);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel(label, { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: action, exact: true }).click();
  await page.waitForURL(`**/sites/${SITE}`, { timeout: PATIENCE_MS });
}

/** Finds a time zone by the keyboard alone. */
async function zone(part) {
  const field = page.getByRole("combobox", { name: "Time zone" });
  await field.fill(part);
  await page.getByRole("option").first().waitFor({ timeout: PATIENCE_MS });
  await field.press("ArrowDown");
  await field.press("ArrowUp");
  await field.press("Enter");
}

/** The site as the server has it. */
function details() {
  return api(page, "GET", `/api/v1/sites/${SITE}`);
}

/** Has a person ask the server. */
function api(person, method, path, body) {
  return person.evaluate(async ([method, path, body, headers]) => {
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }, [method, path, body, JSON_HEADERS]);
}

/** The status that a program with a key is answered. */
async function ask(key) {
  const body = JSON.stringify({ tracking_id: SITE, date_range: "7d", metrics: ["pageviews"] });
  const headers = { ...JSON_HEADERS, authorization: `Bearer ${key}` };
  return (await fetch(`${origin}/api/v1/query`, { method: "POST", headers, body })).status;
}
