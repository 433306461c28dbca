// The pages that lead from nothing to the first event.
import { PATIENCE_MS, SettingsPage } from "./settings.mjs";

export class OnboardingPage extends SettingsPage {
  /** Adds a site; answers its tracking id. */
  async add(values) {
    await this.send("Add a site", values);
    await this.page.waitForURL("**/install", { timeout: PATIENCE_MS });
    this.site = new URL(this.page.url()).pathname.split("/")[2];
    return this.site;
  }

  /** The snippet of a way, by its tab. */
  async snippet(way) {
    await this.page.getByRole("tab", { name: way, exact: true }).click();
    return this.page.getByRole("tabpanel").locator("code").innerText();
  }

  /** Waits until the list has, or has not, ticked something off. */
  async checked(title, words) {
    const item = this.page.getByTestId("checklist").locator("li", { hasText: title });
    await item.getByText(words).waitFor({ timeout: PATIENCE_MS });
  }

  /** Sends test events until the page says so of one. */
  async tested(words) {
    const said = this.page.getByTestId("test-event");
    for (let tries = 0; tries < 12; tries += 1) {
      await this.page.getByRole("button", { name: "Send a test event" }).click();
      try {
        await said.getByText(words).waitFor({ timeout: 5_000 });
        return;
      } catch {
        // A worker believes for ten seconds how a site is counted.
      }
    }
    throw new Error(`never said: ${words}, but: ${await said.innerText()}`);
  }
}
