// Pages of questions about people, as a person uses them.
import { accessible } from "../browser.mjs";

/** Longest wait for what is on its way. */
export const PATIENCE_MS = +(process.env.PATIENCE ?? 30_000);

const { SHOTS } = process.env;

export class PeoplePage {
  constructor(page, origin, site, name) {
    this.page = page;
    this.site = site;
    this.name = name;
    this.address = `${origin}/sites/${site}/${name}`;
  }

  async open(search = "") {
    await this.page.goto(this.address + search);
  }

  part(id) {
    return this.page.getByTestId(id);
  }

  /** What the API answers. */
  async answer(path, query) {
    const answer = await this.page.evaluate(async ([path, query]) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(path, { method: "POST", headers, body: JSON.stringify(query) })).json();
    }, [path, { tracking_id: this.site, ...query }]);
    if (!answer.meta) throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** Says which events: their kind, and the type or page. */
  async picks(label, kind, value) {
    const picker = this.page.getByRole("group", { name: label, exact: true });
    await picker.getByLabel(`${label}: kind`).selectOption(kind);
    if (value === undefined) return;
    await picker.getByLabel(`${label}: name`).fill(value);
    await picker.getByLabel(`${label}: name`).press("Enter");
  }

  /** Adds a condition to some events. */
  async narrows(label, dimension, operator, value) {
    await this.page.getByRole("button", { name: `Where… ${label}` }).click();
    const form = this.page.locator("form.new-test");
    await form.getByLabel("What").selectOption(dimension);
    await form.getByLabel("How").selectOption(operator);
    await form.getByLabel("Value").fill(value);
    await this.page.keyboard.press("Enter");
  }

  /** Waits until `read` tells what is expected. */
  async shows(read, expected) {
    const until = Date.now() + PATIENCE_MS;
    const wanted = JSON.stringify(expected);
    for (;;) {
      const found = JSON.stringify(await read());
      if (found === wanted) return;
      if (Date.now() > until) throw new Error(`${this.name}: ${found} is shown, not ${wanted}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Waits until the address says this. */
  async says(...parts) {
    const all = (url) => parts.every((part) => decodeURIComponent(url.search).includes(part));
    await this.page.waitForURL(all, { timeout: PATIENCE_MS });
  }

  /** Goes through the history, and waits until the address is another. */
  async step(by) {
    const before = this.page.url();
    await this.page.evaluate((by) => history.go(by), by);
    await this.page.waitForURL((url) => url.href !== before, { timeout: PATIENCE_MS });
  }

  /** The lines of the file that a button within a part makes. */
  async exports(id) {
    const coming = this.page.waitForEvent("download", { timeout: PATIENCE_MS });
    await this.part(id).getByRole("button", { name: "Export as CSV" }).click();
    const chunks = [];
    for await (const chunk of await (await coming).createReadStream()) chunks.push(chunk);
    return Buffer.concat(chunks).toString().trim().split("\r\n");
  }

  /** Steps of a funnel: names and how many did them. */
  steps() {
    const rows = this.part("steps").locator("tbody tr");
    return rows.evaluateAll((rows) => rows.map((row) => [row.dataset.name, Number(row.dataset.value)]));
  }

  /** Cohorts: how many they are, and how many of them came back in each period. */
  cohorts() {
    const rows = this.part("cohorts").locator("tbody tr:not(.cohorts-all)");
    return rows.evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll("td[data-value]")].map((cell) => Number(cell.dataset.value))),
    );
  }

  /** Columns of steps: names and how many ways have them. */
  columns() {
    const columns = this.part("ways").locator(".ways-column");
    return columns.evaluateAll((columns) =>
      columns.map((column) => [...column.querySelectorAll(".way")].map((way) => [way.dataset.name, Number(way.dataset.value)])),
    );
  }

  /** Fails where people are kept out, in either theme, or where a narrow screen must be scrolled sideways. */
  async looksRight(name) {
    for (const colorScheme of ["light", "dark"]) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await accessible(this.page, `${name}, ${colorScheme}`);
      if (SHOTS) await this.page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}.png`, fullPage: true });
    }
    await this.page.emulateMedia({ colorScheme: "light", reducedMotion: null });
    const size = this.page.viewportSize();
    await this.page.setViewportSize({ width: 320, height: 800 });
    const wide = await this.page.evaluate(() => document.scrollingElement.scrollWidth);
    if (SHOTS) await this.page.screenshot({ path: `${SHOTS}/${name}-320.png`, fullPage: true });
    if (wide > 320) throw new Error(`${name} is ${wide} px wide on a screen of 320`);
    await this.page.setViewportSize(size);
  }
}
