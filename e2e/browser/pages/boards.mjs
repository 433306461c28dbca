// The pages of dashboards, as a person uses them.

/** Longest wait for what is on its way. */
export const PATIENCE_MS = 30_000;

export class BoardsPage {
  constructor(page, origin, site) {
    this.page = page;
    this.site = site;
    this.address = `${origin}/sites/${site}/dashboards`;
    this.origin = origin;
  }

  async open() {
    await this.page.goto(this.address);
    await this.page.getByRole("heading", { name: "Dashboards" }).waitFor({ state: "attached", timeout: PATIENCE_MS });
  }

  /** Waits until the dashboard shown is called so. */
  async called(name) {
    await this.page.getByRole("heading", { level: 2, name, exact: true }).waitFor({ timeout: PATIENCE_MS });
  }

  widget(name) {
    return this.page.locator(`[data-testid="widget"][data-name="${name}"]`);
  }

  /** What changes a widget. */
  controls(name) {
    return this.widget(name).getByTestId("widget-edit");
  }

  async edit() {
    await this.page.getByRole("button", { name: "Edit" }).click({ timeout: PATIENCE_MS });
    await this.page.getByLabel("Add a widget").waitFor({ timeout: PATIENCE_MS });
  }

  async add(words) {
    const before = await this.page.getByTestId("widget").count();
    await this.page.getByLabel("Add a widget").selectOption({ label: words }, { timeout: PATIENCE_MS });
    const title = this.page.getByTestId("widget").nth(before).getByLabel("Title");
    await title.waitFor({ timeout: PATIENCE_MS });
    // It takes the focus a moment later: what is typed elsewhere before that would end up in it.
    await title.and(this.page.locator(":focus")).waitFor({ timeout: PATIENCE_MS });
  }

  /** Waits until a widget tells this number of a metric. */
  async tells(name, metric, value) {
    const told = this.widget(name).locator(`[data-name="${metric}"][data-value="${value}"]:visible`);
    await told.waitFor({ timeout: PATIENCE_MS });
  }

  /** Waits until a widget's table has a row of this value with this number; none: until it has no such row. */
  async lists(name, value, number) {
    const head = this.widget(name).locator(`tbody th[data-name="${value}"]`);
    if (number === null) return head.waitFor({ state: "detached", timeout: PATIENCE_MS });
    const row = this.widget(name).locator("tbody tr").filter({ has: this.page.locator(`th[data-name="${value}"]`) });
    await row.locator(`td[data-value="${number}"]`).waitFor({ timeout: PATIENCE_MS });
  }

  /** Waits until these widgets are there, in this order. */
  async has(names) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await this.page.getByTestId("widget").evaluateAll((all) => all.map((one) => one.dataset.name));
      if (found.join() === names.join()) return;
      if (Date.now() > until) throw new Error(`there are ${found.join()}, not ${names.join()}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Asks the server as the person who is signed in: of the site, or of anything by its whole path. */
  api(method, path, body) {
    const whole = path.startsWith("/") ? path : `/api/v1/sites/${this.site}/${path}`;
    return this.page.evaluate(
      async ([method, path, body]) => {
        const headers = { "content-type": "application/json" };
        const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
        return answer.json();
      },
      [method, whole, body],
    );
  }
}
