// The page of what happens on a site now, as a person uses it.

/** Longest wait for what is on its way. */
export const PATIENCE_MS = 30_000;

export class LivePage {
  constructor(page, origin, site) {
    this.page = page;
    this.address = `${origin}/sites/${site}/live`;
    this.feed = page.getByTestId("feed");
    this.counters = page.getByTestId("counters");
  }

  async open(search = "") {
    await this.page.goto(this.address + search);
  }

  /** Paths in the feed, newest first. */
  paths() {
    return this.feed.locator("li").evaluateAll((rows) => rows.map((row) => row.dataset.path));
  }

  /** Waits until the feed has exactly these, in any order, each once. */
  async tells(expected) {
    const wanted = [...expected].sort().join(" ");
    await this.until(async () => {
      const found = (await this.paths()).sort().join(" ");
      return found === wanted ? true : `the feed tells ${found}, not ${wanted}`;
    });
  }

  /** Waits until the number under a test id is `count`. */
  async counts(id, count) {
    const place = this.page.locator(`[data-testid="${id}"][data-value="${count}"]`);
    await place.waitFor({ state: "attached", timeout: PATIENCE_MS });
  }

  /** Waits until a list has a value with a number. */
  async lists(id, name, value) {
    const row = this.page.getByTestId(id).locator(`[data-name="${name}"][data-value="${value}"]:visible`);
    await row.waitFor({ timeout: PATIENCE_MS });
  }

  /** Hides the tab, as far as the page can tell, or shows it again. */
  async hide(isHidden) {
    await this.page.evaluate((isHidden) => {
      const state = isHidden ? "hidden" : "visible";
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
      Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
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
