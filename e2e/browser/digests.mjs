// Chooses digests by keys alone, is sent one and looks at it, adds an address for somebody else, and ends what one is sent by the
// letter's own link.
import { accessible, open, watch } from "./browser.mjs";
import { EMAIL, newcomer, setUp } from "./household.mjs";
import { openMailbox } from "./mailbox.mjs";

const { SETUP_LINK, MAIL_PORT, SITE, SHOTS } = process.env;
const { origin } = new URL(SETUP_LINK);
const PATIENCE_MS = 20_000;

const mailbox = await openMailbox(Number(MAIL_PORT));
const browser = await open();
const page = await newcomer(browser);
try {
  const check = watch(page, "digests", /Failed to load resource/);
  await setUp(page, SETUP_LINK);
  await page.goto(`${origin}/sites/${SITE}/settings/general`);
  await page.getByRole("link", { name: "Email digests" }).press("Enter");
  const own = page.getByRole("form", { name: "Digests for you" });
  await own.getByText(EMAIL).waitFor({ timeout: PATIENCE_MS });
  await page.getByText("Nobody is sent digests of this site.").waitFor();
  await looksRight("nothing");

  await own.getByLabel("Weekly").press("Space");
  await own.getByRole("button", { name: "Save" }).press("Enter");
  const mine = page.getByRole("listitem").filter({ hasText: EMAIL });
  await mine.getByText("weekly · has an account").waitFor({ timeout: PATIENCE_MS });

  // One at once, with all that it says.
  await page.getByRole("button", { name: "Send it" }).press("Enter");
  await page.getByText("On its way.").waitFor({ timeout: PATIENCE_MS });
  await until("a letter", () => mailbox.letters.length === 1);
  const [letter] = mailbox.letters;
  if (letter.recipients.join() !== EMAIL) throw new Error(`sent to ${letter.recipients}`);
  for (const part of ["test.example", "against the week before", "Visitors", "Page views", "Nothing was counted"]) {
    for (const [form, text] of [["text", letter.text], ["html", letter.html]]) {
      if (!text.includes(part)) throw new Error(`${part} is not in the letter's ${form}:\n${text}`);
    }
  }
  const [, link] = letter.text.match(/^Unsubscribe: (\S+)$/m);
  const paper = await newcomer(browser);
  await paper.setContent(letter.html);
  await accessible(paper, "letter");
  if (SHOTS) await paper.screenshot({ path: `${SHOTS}/digests-letter.png`, fullPage: true });
  await paper.getByRole("link", { name: "Open the dashboard" }).waitFor();
  if ((await paper.getByRole("link", { name: "Unsubscribe" }).getAttribute("href")) !== link) throw new Error("two ways out");

  // Somebody without an account; what is refused is said at its field.
  const adding = page.getByRole("form", { name: "Add an address" });
  await adding.getByLabel("E-mail").fill("nobody");
  await page.keyboard.press("Enter");
  await adding.locator("[aria-invalid=true]").waitFor({ timeout: PATIENCE_MS });
  await adding.getByLabel("E-mail").fill("board@far.example");
  await page.keyboard.press("Enter");
  const board = page.getByRole("listitem").filter({ hasText: "board@far.example" });
  await board.waitFor({ timeout: PATIENCE_MS });
  await looksRight("some");
  await board.getByRole("button", { name: /^Remove/ }).click();
  await board.getByRole("button", { name: /^Remove/ }).click();
  await board.waitFor({ state: "detached", timeout: PATIENCE_MS });

  // The link asks first, for mail programs open it by themselves; whoever follows it need not be signed in.
  const stranger = await newcomer(browser);
  await stranger.goto(link);
  await stranger.getByText(`${EMAIL} is sent weekly digests of test.example.`).waitFor({ timeout: PATIENCE_MS });
  await looksRight("leaving", stranger);
  await stranger.getByRole("button", { name: "Unsubscribe" }).press("Enter");
  await stranger.getByText(`${EMAIL} is sent no digests of test.example.`).waitFor({ timeout: PATIENCE_MS });
  await looksRight("left", stranger);
  await page.reload();
  await page.getByText("Nobody is sent digests of this site.").waitFor({ timeout: PATIENCE_MS });
  if (await own.getByLabel("Weekly").isChecked()) throw new Error("still sent weekly");
  check();
} catch (error) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/digests-failed.png`, fullPage: true });
  console.error(page.url() + " said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
  mailbox.close();
}

async function until(what, holds) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function looksRight(name, of = page) {
  await accessible(of, name);
  if (!SHOTS) return;
  for (const [width, colorScheme] of [[1280, "dark"], [390, "light"], [1280, "light"]]) {
    await of.setViewportSize({ width, height: 900 });
    await of.emulateMedia({ colorScheme });
    await of.screenshot({ path: `${SHOTS}/digests-${name}-${width}-${colorScheme}.png`, fullPage: true });
  }
}
