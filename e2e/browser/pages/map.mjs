// The panel of places on a site's overview, and the map in it, as a person uses them.

/** Longest wait for what is on its way. */
export const PATIENCE_MS = 30_000;

export class PlacesPanel {
  constructor(page, origin, site) {
    this.page = page;
    this.address = `${origin}/sites/${site}`;
    this.panel = page.getByTestId("panel-countries");
    this.map = page.getByTestId("map");
  }

  async open(path = "") {
    await this.page.goto(this.address + path);
  }

  /** A country on the map. */
  country(code) {
    return this.map.locator(`[data-name="${code}"]`);
  }

  /** Waits until countries on the map have these visitors and strengths of colour, and no others are coloured. */
  async shows(expected) {
    const wanted = JSON.stringify(expected);
    await this.until(async () => {
      const found = JSON.stringify(
        await this.map.locator("a").evaluateAll((links) =>
          Object.fromEntries(links.map(({ dataset }) => [dataset.name, [+dataset.value, +dataset.step]])),
        ),
      );
      return found === wanted || `the map shows ${found}, not ${wanted}`;
    });
  }

  /** Chooses a tab. */
  async choose(name) {
    await this.panel.getByRole("button", { name, exact: true }).click();
    await this.isAt(name);
  }

  /** Waits until a tab is the chosen one. */
  async isAt(name) {
    await this.panel.getByRole("button", { name, exact: true, pressed: true }).waitFor({ timeout: PATIENCE_MS });
  }

  /** Waits until the words beside the pointer, or at what has the focus, are these. */
  async tells(words) {
    const tip = this.map.locator(".map-tip");
    await this.until(async () => {
      const found = (await tip.allInnerTexts()).join().replace(/\s+/g, " ").trim();
      return found === words || `the map tells "${found}", not "${words}"`;
    });
  }

  /** The country that has the focus. */
  focused() {
    return this.page.evaluate(() => document.activeElement?.dataset?.name);
  }

  /** Waits until every flag of the list is a picture. */
  async hasFlags(count) {
    await this.until(async () => {
      const drawn = await this.panel
        .locator("tr img.flag")
        .evaluateAll((flags) => flags.filter((flag) => flag.complete && flag.naturalWidth > 0).length);
      return drawn === count || `${drawn} flags are drawn, not ${count}`;
    });
  }

  /** Waits until the address has this query. */
  async says(query) {
    await this.page.waitForURL((url) => url.search === query, { timeout: PATIENCE_MS });
  }

  /** Tries `probe` until it answers true; what it says otherwise is the fault. */
  async until(probe) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const said = await probe();
      if (said === true) return;
      if (Date.now() > until) throw new Error(said);
      await this.page.waitForTimeout(100);
    }
  }
}
