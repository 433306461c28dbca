// The page where reports are put together, as a person uses it.

/** Longest wait for what is on its way. */
export const PATIENCE_MS = +(process.env.PATIENCE ?? 30_000);

export class ExplorePage {
  constructor(page, origin, site) {
    this.page = page;
    this.site = site;
    this.address = `${origin}/sites/${site}/explore`;
    this.table = page.getByTestId("table");
  }

  async open(search = "") {
    await this.page.goto(this.address + search);
  }

  part(field) {
    return this.page.getByTestId(field);
  }

  /** Adds to metrics or dimensions. */
  async add(field, name) {
    await this.part(field).locator("select").selectOption(name);
    await this.part(field).locator(`.pill[data-name="${name}"]`).waitFor({ timeout: PATIENCE_MS });
  }

  /** Adds a filter by its form. */
  async filter(dimension, operator, value) {
    await this.part("filters").getByRole("button", { name: "Add filter" }).click();
    await this.page.getByLabel("Dimension").selectOption(dimension);
    await this.page.getByLabel("Operator").selectOption(operator);
    await this.page.getByLabel("Value", { exact: true }).fill(value);
    await this.page.keyboard.press("Enter");
  }

  /** The rows: names of all dimensions, then all numbers. */
  rows() {
    return this.table.locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => [
        ...[...row.querySelectorAll("th")].map((name) => name.dataset.name),
        ...[...row.querySelectorAll("td")].map((cell) => cell.dataset.value),
      ]),
    );
  }

  /** What the API answers to a question, in the same form. */
  async answer(query) {
    const answer = await this.page.evaluate(async (query) => {
      const response = await fetch("/api/v1/query", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(query),
      });
      return response.json();
    }, { tracking_id: this.site, ...query });
    if (!answer.rows) throw new Error(JSON.stringify(answer));
    const number = (cell) => String(Math.round(cell * 100) / 100);
    return answer.rows.map((row) => [
      ...(query.dimensions ?? []).map((name) => row[name]),
      ...query.metrics.map((name) => number(row[name])),
    ]);
  }

  /** Waits until the table has what the API answers, which is something. */
  async agrees(query) {
    const expected = await this.answer(query);
    if (!expected.length) throw new Error(`nothing is answered to ${JSON.stringify(query)}`);
    await this.shows(expected);
    return expected;
  }

  /** Waits until the table has these rows. */
  async shows(expected) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await this.rows();
      if (JSON.stringify(found) === JSON.stringify(expected)) return;
      if (Date.now() > until) throw new Error(`${JSON.stringify(found)} is shown, not ${JSON.stringify(expected)}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Waits until the address says this. */
  async says(...parts) {
    await this.page.waitForURL((url) => parts.every((part) => decodeURIComponent(url.search).includes(part)), {
      timeout: PATIENCE_MS,
    });
  }

  /** Goes through the history, and waits until the address is another. */
  async step(by) {
    const before = this.page.url();
    await this.page.evaluate((by) => history.go(by), by);
    await this.page.waitForURL((url) => url.href !== before, { timeout: PATIENCE_MS });
  }

  /** Tabs on until a control of this name has the focus. */
  async tabTo(name) {
    for (let steps = 0; steps < 60; steps++) {
      await this.page.keyboard.press("Tab");
      const found = await this.page.evaluate(() => {
        const { activeElement: at } = document;
        return at.getAttribute("aria-label") ?? at.textContent;
      });
      if (found === name) return;
    }
    throw new Error(`no way leads to ${name} by keyboard`);
  }

  /** The text of the file that a button makes. */
  async exports(name) {
    const coming = this.page.waitForEvent("download", { timeout: PATIENCE_MS });
    await this.page.getByRole("button", { name: `Export as ${name}` }).click();
    const download = await coming;
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
  }
}
