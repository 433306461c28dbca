// A site's overview, as a person uses what is kept beside its numbers.

/** Longest wait for what is on its way. */
export const PATIENCE_MS = +(process.env.PATIENCE ?? 30_000);

export class OverviewPage {
  constructor(page, origin, site) {
    this.page = page;
    this.site = site;
    this.origin = origin;
    this.marks = page.locator(".chart-note");
    this.pills = page.getByRole("list", { name: "Filters" });
    this.panel = page.getByTestId("panel-events");
  }

  async open(search = "") {
    await this.page.goto(`${this.origin}/sites/${this.site}${search}`);
    await this.settled();
  }

  dialog(name) {
    return this.page.getByRole("dialog", { name });
  }

  /** Waits until nothing on the page belongs to an earlier question. */
  settled() {
    const still = () => !document.querySelector(".stale, .skeleton, .skeleton-rows") && document.querySelector(".kpi-value");
    return this.page.waitForFunction(still, undefined, { timeout: PATIENCE_MS });
  }

  /** Waits until the number under a test id is `count`. */
  async shows(id, count) {
    const place = this.page.locator(`[data-testid="${id}"][data-value="${count}"]`);
    try {
      await place.waitFor({ state: "attached", timeout: PATIENCE_MS });
    } catch {
      const found = await this.page.getByTestId(id).getAttribute("data-value").catch(() => "nothing");
      throw new Error(`${id} shows ${found}, not ${count}`);
    }
  }

  /** Waits until the chart bears so many marks. */
  async bears(count) {
    await until(`${count} marks`, async () => (await this.marks.count()) === count);
  }

  /** Writes a note in the dialog that is open; the time, where it is given, as its field has it. */
  async write(text, time) {
    const dialog = this.dialog("Notes");
    await dialog.getByLabel("Text").fill(text);
    if (time) await dialog.getByLabel("When, by the site's clocks").fill(time);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached", timeout: PATIENCE_MS });
  }

  /** The chart's cursor on its last point, by keys alone. */
  async point() {
    await this.page.getByRole("group", { name: /over time/ }).focus();
    await this.page.keyboard.press("End");
    await this.page.locator(".tooltip").waitFor({ timeout: PATIENCE_MS });
  }

  /** Asks the API as whoever is signed in. */
  async api(method, path, body) {
    return this.page.evaluate(async ([method, path, body]) => {
      const headers = body ? { "content-type": "application/json" } : {};
      const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
      const text = await answer.text();
      return { status: answer.status, body: text && JSON.parse(text) };
    }, [method, path, body]);
  }

  /** What stands in the address behind the path. */
  says(query) {
    const found = new URL(this.page.url()).search;
    if (found !== query) throw new Error(`the address says ${found}, not ${query}`);
  }
}

/** Waits until `check` holds. */
export async function until(what, check) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** The files of a zip that compresses nothing, by name (APPNOTE 6.3, 4.3.12 and 4.3.7). */
export function unzip(bytes) {
  const files = new Map();
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    if (bytes.readUInt32LE(at) !== 0x02014b50) throw new Error(`no file's entry at ${at}`);
    const [method, size, begins] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 42)];
    if (method !== 0) throw new Error(`compressed by method ${method}`);
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const data = begins + 30 + bytes.readUInt16LE(begins + 26) + bytes.readUInt16LE(begins + 28);
    files.set(bytes.toString("utf8", at + 46, at + 46 + name), bytes.toString("utf8", data, data + size));
    at += 46 + name + extra + comment;
  }
  return files;
}
