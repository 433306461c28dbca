// The pages of settings, as a person uses them: forms are known by their titles, fields by their labels.
import { accessible } from "../browser.mjs";

export const PATIENCE_MS = 30_000;

export class SettingsPage {
  constructor(page, origin, site) {
    Object.assign(this, { page, origin, site });
  }

  /** Opens a part of the site's settings. */
  async open(section) {
    await this.page.goto(`${this.origin}/sites/${this.site}/settings/${section}`);
    await this.page.getByRole("navigation", { name: "Settings" }).waitFor({ timeout: PATIENCE_MS });
  }

  /** The form with a title. */
  form(title) {
    return this.page.locator("form.set", { has: this.page.getByRole("heading", { name: title, exact: true }) });
  }

  /** Fills in a form and sends it. */
  async send(title, values) {
    const form = this.form(title);
    for (const [label, value] of Object.entries(values)) {
      const field = form.getByLabel(label, { exact: true });
      if (typeof value === "boolean") await field.setChecked(value);
      else if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption({ label: value });
      else await field.fill(value);
    }
    await form.locator("[type=submit]").click();
  }

  /** The same, and waits until the form says that it is done. */
  async save(title, values, words = "Saved.") {
    await this.send(title, values);
    await this.form(title).locator(".said", { hasText: words }).waitFor({ timeout: PATIENCE_MS });
  }

  /** Waits until a field of a form has the focus: it comes a moment after what it was asked by. */
  async focused(title, label) {
    const field = await this.form(title).getByLabel(label, { exact: true }).elementHandle();
    await this.page.waitForFunction((field) => field === document.activeElement, field, { timeout: PATIENCE_MS });
  }

  /** Fills in a form, and waits until a field is called wrong in these words, has the focus, and keeps what was typed. */
  async refused(title, values, label, words) {
    await this.send(title, values);
    const form = this.form(title);
    await form.locator(".field", { hasText: words }).waitFor({ timeout: PATIENCE_MS });
    const field = form.getByLabel(label, { exact: true });
    if ((await field.getAttribute("aria-invalid")) !== "true") throw new Error(`${label} is not marked as wrong`);
    await form.locator("[aria-invalid]:focus").waitFor({ timeout: PATIENCE_MS });
    if (label in values && (await field.inputValue()) !== values[label]) throw new Error(`${label} lost what was typed`);
  }

  /** Fails unless a field has a value. */
  async has(title, label, value) {
    const field = this.form(title).getByLabel(label, { exact: true });
    const found = typeof value === "boolean" ? await field.isChecked() : await field.inputValue();
    if (found !== value) throw new Error(`${title}: ${label} is ${found}, not ${value}`);
  }

  /** A row of a list. */
  row(text) {
    return this.page.locator(".rows > li", { hasText: text });
  }

  /** Takes something away, and says yes when asked. */
  async remove(text, action) {
    const row = this.row(text);
    await row.getByRole("button", { name: new RegExp(`^${action} `) }).click();
    await row.locator(".confirm-asked button:focus").waitFor({ timeout: PATIENCE_MS });
    await this.page.keyboard.press("Enter");
    await row.waitFor({ state: "detached", timeout: PATIENCE_MS });
  }

  /** No faults that keep people out, in light and in dark. */
  async accessible(name) {
    for (const colorScheme of ["dark", "light"]) {
      await this.page.emulateMedia({ colorScheme });
      await accessible(this.page, `${name}, ${colorScheme}`);
    }
  }

  /** Nothing is cut off on the narrowest screen. */
  async reflows(name) {
    const size = this.page.viewportSize();
    await this.page.setViewportSize({ width: 320, height: 640 });
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > 320) throw new Error(`${name} is ${wide} px wide on a screen of 320`);
    await this.page.setViewportSize(size);
  }
}
