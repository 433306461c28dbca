// Somebody at a keyboard: presses keys, and sees where the focus is. There is no pointer in here.
import { PATIENCE_MS } from "../places.mjs";

/** Longest way by the Tab key to anything on a page. */
const STEPS_MAX = 150;

export class Keyboard {
  constructor(page) {
    this.page = page;
  }

  /** Presses a key. What has the focus then can be seen to have it, and is not covered. */
  async press(key) {
    await this.page.keyboard.press(key);
    await this.seen(key);
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  /** Goes on by Tab, or back by Shift+Tab, until a control of this name has the focus: its whole name, or an expression. */
  async tabTo(name, key = "Tab") {
    const passed = [];
    for (let step = 0; step < STEPS_MAX; step++) {
      await this.press(key);
      const { name: found } = await this.focused();
      if (typeof name === "string" ? found === name : name.test(found)) return;
      passed.push(found);
    }
    throw new Error(`no way leads to ${name} by ${key}, but to ${[...new Set(passed)].join(" | ")}`);
  }

  /** Waits until a control of this name has the focus. */
  async lands(name) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const { name: found } = await this.focused();
      if (typeof name === "string" ? found === name : name.test(found)) return;
      if (Date.now() > until) throw new Error(`the focus is on ${found || "nothing"}, not on ${name}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** Fails where nobody could tell what has the focus. */
  async seen(after) {
    const { name, fault } = await this.focused();
    if (fault) throw new Error(`after ${after}, the focus is on ${name}, which ${fault}`);
  }

  /** What has the focus: its name, and why it cannot be seen. */
  focused() {
    return this.page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return { name: "" };
      const labels = [...(at.labels ?? [])].map((label) => label.textContent.trim());
      const named = at.getAttribute("aria-label") ?? document.getElementById(at.getAttribute("aria-labelledby"))?.textContent;
      const name = (named ?? (labels.join(" ") || at.textContent || at.getAttribute("placeholder") || at.id)).trim();
      // What a person is put on by the page, to read on from there, is no control.
      if (at.tabIndex < 0) return { name };
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
      // A country is marked by a line of its own, drawn around it.
      const ring = at.closest(".map-stage")?.querySelector(".map-ring")?.getAttribute("d");
      const isMarked = ring || (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
      if (!isMarked) return { name, fault: "looks as it does without" };
      const place = at.getBoundingClientRect();
      if (!place.width || !place.height) return { name, fault: "has no size" };
      const [x, y] = [place.left + Math.min(place.width, innerWidth) / 2, place.top + Math.min(place.height, 40) / 2];
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return { name, fault: `is off the screen, at ${x}, ${y}` };
      const top = document.elementFromPoint(x, y);
      const isOnTop = !top || at.contains(top) || top.contains(at) || [...(at.labels ?? [])].some((label) => label.contains(top));
      return isOnTop ? { name } : { name, fault: `is covered by ${top.cloneNode().outerHTML}` };
    });
  }
}
