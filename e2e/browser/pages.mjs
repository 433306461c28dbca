// Looks at every place of the dashboard as those who need it legible: no fault that keeps people out in either theme, and
// nothing to be scrolled sideways on the narrowest screen.
import { accessible, open, watch } from "./browser.mjs";
import { furnish, newcomer, setPassword, setUp } from "./household.mjs";
import { arrive, ofGuest, ofOwner, ofViewer } from "./places.mjs";

const { SETUP_LINK, VIEWER_LINK, STRANGER_LINK, SITE, EMPTY_SITE, SHOTS } = process.env;
const { origin } = new URL(SETUP_LINK);
const NARROW = 320;
const THEMES = ["light", "dark"];

const browser = await open();
const faults = [];
const checks = [];
try {
  const owner = await someone("owner");
  await setUp(owner, SETUP_LINK);
  const { report, funnel, dashboard, links } = await furnish(owner, SITE);
  const world = { site: SITE, empty: EMPTY_SITE, report, funnel, dashboard, links };
  const guest = await someone("guest");
  const viewer = await someone("viewer");
  await setPassword(viewer, VIEWER_LINK);
  const stranger = await someone("stranger");
  await setPassword(stranger, STRANGER_LINK);
  // Two at once: the one waits while the other is looked at.
  await Promise.all([
    look(owner, ofOwner(world)),
    (async () => {
      await look(guest, ofGuest(world));
      await look(viewer, ofViewer(world));
      await look(stranger, [{ name: "no sites", path: "/", ready: ".waiting" }]);
    })(),
  ]);
  for (const check of checks) check();
} finally {
  await browser.close();
}
if (faults.length) throw new Error(faults.join("\n"));

/** A browser of somebody's own. What the server refuses on purpose is no fault of the page. */
async function someone(name) {
  const page = await newcomer(browser);
  checks.push(watch(page, name, /the server responded with a status of 4(0[0134]|22)/));
  return page;
}

async function look(page, places) {
  for (const place of places) {
    try {
      await arrive(page, origin, place);
    } catch (error) {
      faults.push(error.message);
      continue;
    }
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await accessible(page, `${place.name}, ${colorScheme}`).catch((error) => faults.push(error.message));
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${named(place)}-${colorScheme}.png` });
    }
    const size = page.viewportSize();
    await page.setViewportSize({ width: NARROW, height: 640 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > NARROW) faults.push(`${place.name} is ${wide} px wide on a screen of ${NARROW}: ${await page.evaluate(widest)}`);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${named(place)}-narrow.png` });
    await page.setViewportSize(size);
  }
}

/** What reaches farthest to the right. */
function widest() {
  const right = (element) => element.getBoundingClientRect().right;
  const all = [...document.querySelectorAll("body *")].sort((one, other) => right(other) - right(one));
  return all.slice(0, 3).map((element) => element.cloneNode().outerHTML).join(" ");
}

function named({ name }) {
  return name.replaceAll(/\W+/g, "-");
}
