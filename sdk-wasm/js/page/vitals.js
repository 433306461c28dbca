// Core Web Vitals, as https://web.dev/articles/vitals defines them.
import { quietly } from "./sdk.js";

let vitals = {};
let shifts = [];
const delays = new Map();

const observe = (type, work, more) =>
  quietly(() =>
    new PerformanceObserver((list) => list.getEntries().forEach(work)).observe({ type, buffered: true, ...more }));

/** Begins to measure. */
export const listen = () => {
  observe("navigation", (entry) => (vitals.ttfb = entry.responseStart));
  observe("paint", (entry) => entry.name == "first-contentful-paint" && (vitals.fcp = entry.startTime));
  observe("largest-contentful-paint", (entry) => (vitals.lcp = entry.startTime));
  observe("layout-shift", (shift) => {
    if (shift.hadRecentInput) return;
    // A window ends after a second without a shift, or after five.
    if (shifts.length && (shift.startTime - shifts.at(-1).startTime > 1000 || shift.startTime - shifts[0].startTime > 5000)) shifts = [];
    shifts.push(shift);
    vitals.cls = Math.max(vitals.cls || 0, shifts.reduce((sum, { value }) => sum + value, 0));
  });
  const interaction = ({ interactionId, duration }) =>
    interactionId && delays.set(interactionId, Math.max(duration, delays.get(interactionId) || 0));
  observe("event", interaction, { durationThreshold: 40 });
  observe("first-input", interaction);
};

/** What was measured; nothing the second time. */
export const measured = () => {
  const slowest = [...delays.values()].sort((a, b) => b - a);
  // The slowest but one in each 50 interactions.
  if (slowest.length) vitals.inp = slowest[Math.floor(slowest.length / 50)];
  const told = vitals;
  vitals = {};
  delays.clear();
  if (told.fcp) {
    for (const name in told) told[name] = Math.round(told[name] * 1e4) / 1e4;
    return told;
  }
};
