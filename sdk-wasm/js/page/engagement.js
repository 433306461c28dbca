// How long a page is in view and used, and how far it is read.
import { on } from "./sdk.js";

/** Shortest time that is worth an event, in milliseconds. */
const ENGAGED_MIN_MS = 3000;

let engagedMs = 0;
let since = 0;
let depth = 0;
let reported = 0;

const percent = () => {
  const height = document.documentElement.scrollHeight;
  return height > innerHeight ? Math.min(Math.round(((scrollY + innerHeight) / height) * 100), 100) : 100;
};

/** Adds the time until now, and goes on if the page is in view and used. */
const tick = () => {
  const now = performance.now();
  if (since) engagedMs += now - since;
  since = document.visibilityState == "visible" && document.hasFocus() ? now : 0;
};

/** What of it was not told yet, if that is worth it: members of an event. */
export const engagement = () => {
  tick();
  if (engagedMs < ENGAGED_MIN_MS && depth <= reported) return;
  const engaged = { engaged_ms: Math.min(Math.round(engagedMs), 864e5), custom_properties: { scroll: depth } };
  engagedMs = 0;
  reported = depth;
  return engaged;
};

/** Begins anew on another page. What is in view without scrolling was not scrolled to. */
export const begin = () => {
  tick();
  engagedMs = 0;
  reported = depth = percent();
};

for (const name of ["focus", "blur", "pageshow", "visibilitychange"]) on(window, name, tick);
on(window, "scroll", () => {
  depth = Math.max(depth, percent());
});
