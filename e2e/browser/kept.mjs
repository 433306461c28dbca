// What is kept of a site beside its numbers: notes along the chart, segments, its properties, and all of it as files.
import { accessible, open, watch } from "./browser.mjs";
import { OverviewPage, PATIENCE_MS, unzip, until } from "./pages/overview.mjs";

const { SIGN_IN_LINK, VIEWER_LINK, SITE } = process.env;

const browser = await open();
const origin = new URL(SIGN_IN_LINK).origin;
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
const page = await context.newPage();
const check = watch(page, "kept", /status of 4(00|09)/);
const overview = new OverviewPage(page, origin, SITE);
const sites = `sites/${SITE}`;
try {
  await page.goto(SIGN_IN_LINK);
  await page.waitForURL((url) => url.pathname !== "/signin", { timeout: PATIENCE_MS });
  await overview.open();
  await overview.shows("kpi-unique_users", 4);

  await step("a note is written by keys alone, for the point under the cursor", async () => {
    await overview.bears(0);
    await page.getByRole("button", { name: "Add note" }).waitFor({ timeout: PATIENCE_MS });
    await overview.point();
    await page.keyboard.press("n");
    const text = overview.dialog("Notes").getByLabel("Text");
    await text.waitFor({ timeout: PATIENCE_MS });
    await until("the focus in the text", () => text.evaluate((text) => text === document.activeElement));
    await accessible(page, "writing a note");
    await page.keyboard.type("Launch <b>day</b>");
    await page.keyboard.press("Tab");
    await overview.dialog("Notes").getByRole("button", { name: "Save" }).focus();
    await page.keyboard.press("Enter");
    await overview.dialog("Notes").waitFor({ state: "detached", timeout: PATIENCE_MS });
    await overview.bears(1);
    const { notes } = (await overview.api("GET", `${sites}/notes`)).body;
    if (notes[0].text !== "Launch <b>day</b>" || notes[0].at_ms !== Date.parse(day(0))) throw new Error(JSON.stringify(notes));
  });

  await step("the chart says what is noted, under the pointer, the focus and the keys", async () => {
    const said = page.locator(".tooltip-note", { hasText: "Launch <b>day</b>" });
    await overview.marks.first().hover();
    await said.waitFor({ timeout: PATIENCE_MS });
    await page.mouse.move(5, 5);
    await said.waitFor({ state: "detached", timeout: PATIENCE_MS });
    await overview.marks.first().focus();
    await said.waitFor({ timeout: PATIENCE_MS });
    await overview.point();
    await said.waitFor({ timeout: PATIENCE_MS });
    await accessible(page, "a chart with a note");
  });

  await step("notes of one bucket stand together, and apart where buckets are shorter", async () => {
    await page.getByRole("button", { name: "Add note" }).click();
    await overview.write("Second of the day", `${day(0)}T00:30`);
    await overview.bears(1);
    await page.getByRole("button", { name: /^2 notes, .*Launch.* · Second of the day$/ }).waitFor({ timeout: PATIENCE_MS });
    await page.getByRole("button", { name: "Add note" }).click();
    await overview.write("The day before", `${day(-1)}T12:00`);
    await overview.bears(2);
    await page.getByRole("button", { name: "View as table" }).click();
    const table = page.getByRole("region", { name: "Numbers of the chart" });
    await table.getByRole("columnheader", { name: "Notes" }).waitFor({ timeout: PATIENCE_MS });
    await table.getByRole("row").nth(1).getByText("Launch <b>day</b> · Second of the day").waitFor({ timeout: PATIENCE_MS });
    await table.getByRole("row").nth(2).getByText("The day before").waitFor({ timeout: PATIENCE_MS });
    await page.getByRole("button", { name: "View as chart" }).click();
    await overview.open("?v=1&period=day&by=minute");
    await overview.bears(2);
    await overview.open();
  });

  await step("a note is changed, moved and deleted", async () => {
    await overview.marks.first().click();
    const dialog = overview.dialog("Notes");
    await dialog.getByRole("button", { name: "Change The day before" }).click();
    await overview.write("Two days before", `${day(-2)}T12:00`);
    const of = async (text) => (await overview.api("GET", `${sites}/notes`)).body.notes.find((note) => note.text === text);
    const moved = await of("Two days before");
    if (moved.at_ms !== Date.parse(`${day(-2)}T12:00Z`)) throw new Error(JSON.stringify(moved));
    await overview.marks.last().click();
    await dialog.getByRole("button", { name: "Delete Second of the day" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByText("Second of the day").waitFor({ state: "detached", timeout: PATIENCE_MS });
    await page.keyboard.press("Escape");
    if (await of("Second of the day")) throw new Error("it is still there");
    await page.getByRole("button", { name: /^Note, .*Launch/ }).waitFor({ timeout: PATIENCE_MS });
  });

  await step("what is filtered by is kept as a segment", async () => {
    await overview.open("?v=1&f=is,country,DE&f=is,page,/pricing");
    await overview.shows("kpi-unique_users", 1);
    await overview.pills.getByRole("button", { name: "Save as segment" }).click();
    await overview.dialog("Segments").getByLabel("Name of the segment").waitFor({ timeout: PATIENCE_MS });
    await accessible(page, "segments");
    await overview.dialog("Segments").getByLabel("Name of the segment").fill("Paying users");
    await page.keyboard.press("Enter");
    await overview.pills.getByRole("button", { name: "Segment is Paying users" }).waitFor({ timeout: PATIENCE_MS });
    const [{ segment }] = (await overview.api("GET", `${sites}/segments`)).body.segments;
    overview.says(`?v=1&f=is,segment,${segment}`);
    await overview.shows("kpi-unique_users", 1);
    // The name is found for who comes by the address; Back undoes it.
    await page.reload();
    await overview.pills.getByRole("button", { name: "Segment is Paying users" }).waitFor({ timeout: PATIENCE_MS });
    await overview.pills.getByRole("link", { name: "Remove: Segment is Paying users" }).click();
    await overview.shows("kpi-unique_users", 4);
    await page.goBack();
    await overview.shows("kpi-unique_users", 1);
    await page.keyboard.press("Escape");
    await overview.shows("kpi-unique_users", 4);
  });

  await step("a segment is chosen where filters are, also as what is not meant", async () => {
    await page.keyboard.press("/");
    const dialog = overview.dialog("Filter");
    await dialog.getByLabel("What").selectOption("segment");
    await dialog.getByLabel("How").selectOption("is_not");
    await dialog.getByRole("checkbox", { name: "Paying users" }).check();
    await accessible(page, "choosing a segment");
    await dialog.getByRole("button", { name: "Apply" }).click();
    await overview.pills.getByRole("button", { name: "Segment is not Paying users" }).waitFor({ timeout: PATIENCE_MS });
    await overview.shows("kpi-unique_users", 3);
    await overview.shows("kpi-pageviews", 4);
  });

  await step("a segment is found, renamed and deleted", async () => {
    await overview.open();
    await overview.pills.getByRole("button", { name: "Segments" }).waitFor({ timeout: PATIENCE_MS });
    await page.keyboard.press("Control+k");
    await page.getByLabel("Find", { exact: true }).fill("paying");
    await page.keyboard.press("Enter");
    await overview.shows("kpi-unique_users", 1);
    await overview.pills.getByRole("button", { name: "Segments" }).click();
    const dialog = overview.dialog("Segments");
    await dialog.getByRole("button", { name: "Rename Paying users" }).click();
    await dialog.getByLabel("Name of the segment").fill("Customers");
    await page.keyboard.press("Enter");
    await dialog.getByRole("link", { name: "Customers" }).waitFor({ timeout: PATIENCE_MS });
    await page.keyboard.press("Escape");
    await overview.pills.getByRole("button", { name: "Segment is Customers" }).waitFor({ timeout: PATIENCE_MS });
    await overview.pills.getByRole("button", { name: "Segments" }).click();
    await dialog.getByRole("button", { name: "Delete Customers" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await overview.shows("kpi-unique_users", 4);
    overview.says("");
    await page.keyboard.press("Escape");
    // A link that names it says what is wrong.
    await page.goto(`${origin}/sites/${SITE}?v=1&f=is,segment,77`);
    await page.getByText("The site has no segment 77").first().waitFor({ timeout: PATIENCE_MS });
    await overview.open();
  });

  await step("a property is ranked, filtered by and looked into", async () => {
    await overview.panel.getByRole("button", { name: "Properties" }).click();
    await overview.panel.getByLabel("Property").selectOption("plan");
    await overview.panel.locator('tr[data-name="pro"][data-value="2"]').waitFor({ timeout: PATIENCE_MS });
    await accessible(page, "properties");
    await overview.panel.getByRole("link", { name: "Details" }).click();
    await overview.dialog("plan").locator('tr[data-name="free"]').waitFor({ timeout: PATIENCE_MS });
    await page.keyboard.press("Escape");
    await overview.panel.locator('tr[data-name="pro"] a').click();
    await overview.pills.getByRole("button", { name: "plan is pro" }).waitFor({ timeout: PATIENCE_MS });
    overview.says("?v=1&f=is,property:plan,pro");
    await overview.shows("kpi-unique_users", 2);
    await page.keyboard.press("Escape");
  });

  await step("all that is shown is downloaded as files that a spreadsheet may open", async () => {
    await overview.open("?v=1&period=7d&f=is,country,DE");
    const [download] = await Promise.all([
      page.waitForEvent("download", { timeout: 4 * PATIENCE_MS }),
      page.getByRole("button", { name: "Download CSV (zip)" }).click(),
    ]);
    if (download.suggestedFilename() !== `${SITE} 7d.zip`) throw new Error(download.suggestedFilename());
    const files = unzip(await read(download));
    const names = ["figures", "chart", "page", "entry_page", "exit_page", "source", "country", "city", "browser", "screen", "event_type", "goal", "property_plan"];
    for (const name of names) if (!files.has(`${name}.csv`)) throw new Error(`no ${name}.csv among ${[...files.keys()]}`);
    const lines = (name) => files.get(`${name}.csv`).trim().split(/\r?\n/);
    if (!/^date,/.test(lines("chart")[0]) || lines("chart").length !== 8) throw new Error(files.get("chart.csv"));
    if (lines("country").length !== 2 || !lines("country")[1].startsWith("DE,")) throw new Error(files.get("country.csv"));
    // More than the nine rows of a panel.
    if (lines("page").length < 12) throw new Error(files.get("page.csv"));
    if (!lines("event_type").some((line) => /^"?'=1[+]1/.test(line))) throw new Error(files.get("event_type.csv"));
  });

  await step("the finder downloads too", async () => {
    await page.keyboard.press("Control+k");
    await page.getByLabel("Find", { exact: true }).fill("download");
    const [download] = await Promise.all([
      page.waitForEvent("download", { timeout: 4 * PATIENCE_MS }),
      page.keyboard.press("Enter"),
    ]);
    if (!unzip(await read(download)).has("page.csv")) throw new Error("no pages in it");
  });

  await step("who may only look reads notes and segments, and changes none", async () => {
    const made = await overview.api("POST", `${sites}/segments`, { name: "Germans", filters: { country: "DE" } });
    if (made.status !== 201) throw new Error(JSON.stringify(made));
    const share = (await overview.api("POST", `${sites}/shares`, { name: "all of it" })).body;
    for (const [name, link] of [["viewer", VIEWER_LINK], ["visitor", share.url]]) {
      const other = await browser.newContext({ viewport: { width: 1280, height: 900 } });
      const looks = new OverviewPage(await other.newPage(), origin, SITE);
      await looks.page.goto(link);
      if (name === "viewer") {
        await looks.page.getByLabel("New password").fill("correct horse battery");
        await looks.page.keyboard.press("Enter");
        await looks.page.waitForURL((url) => url.pathname !== "/password", { timeout: PATIENCE_MS });
        await looks.open();
      }
      await looks.bears(2);
      await looks.pills.getByRole("button", { name: "Segments" }).waitFor({ timeout: PATIENCE_MS });
      if (await looks.page.getByRole("button", { name: "Add note" }).count()) throw new Error(`a ${name} may add notes`);
      await looks.point();
      await looks.marks.last().click();
      const dialog = looks.dialog("Notes");
      await dialog.getByText("Launch <b>day</b>").waitFor({ timeout: PATIENCE_MS });
      if (await dialog.getByRole("button", { name: /^(Save|Change|Delete)/ }).count()) throw new Error(`a ${name} may change notes`);
      if (name === "visitor" && (await dialog.getByText("operator").count())) throw new Error("a visitor is told who wrote it");
      await looks.page.keyboard.press("Escape");
      await looks.pills.getByRole("button", { name: "Segments" }).click();
      await looks.dialog("Segments").getByRole("link", { name: "Germans" }).click();
      await looks.shows("kpi-unique_users", 3);
      const properties = await looks.panel.getByRole("button", { name: "Properties" }).count();
      if (properties !== (name === "viewer" ? 1 : 0)) throw new Error(`a ${name} sees ${properties} tabs of properties`);
      await other.close();
    }
  });

  await step("without a property it says how to declare one; it fits a phone, in both themes", async () => {
    const undeclared = await overview.api("PATCH", sites, { settings: { properties: [] } });
    if (undeclared.status !== 200) throw new Error(JSON.stringify(undeclared));
    await overview.open();
    await overview.panel.getByRole("button", { name: "Properties" }).click();
    const link = overview.panel.getByRole("link", { name: "Declare those to count" });
    await link.waitFor({ timeout: PATIENCE_MS });
    if ((await link.getAttribute("href")) !== `/sites/${SITE}/settings/properties`) throw new Error("it leads elsewhere");
    await page.setViewportSize({ width: 320, height: 700 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 320) throw new Error(`at 320 px the page is ${width} px wide`);
      await accessible(page, `overview with notes, ${colorScheme}, phone`);
      await page.getByRole("button", { name: "Add note" }).click();
      await overview.dialog("Notes").getByLabel("Text").waitFor({ timeout: PATIENCE_MS });
      await accessible(page, `notes, ${colorScheme}, phone`);
      await page.keyboard.press("Escape");
    }
  });

  check();
} catch (error) {
  console.error("the dashboard said:\n" + (await page.innerText("body").catch(() => "nothing")));
  throw error;
} finally {
  await browser.close();
}

/** Says what is tried, so that a failure has a name. */
async function step(name, work) {
  try {
    await work();
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
}

/** A day by its distance from today, as the page has it in UTC. */
function day(distance) {
  return new Date(Date.now() + distance * 86_400_000).toISOString().slice(0, 10);
}

/** All of a download. */
async function read(download) {
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return Buffer.concat(parts);
}
