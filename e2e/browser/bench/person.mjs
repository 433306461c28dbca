// What a person does on a site's page, one thing after another: each names what it is, and what shows that it is done.

/** Nothing on the page belongs to an earlier question, and nothing is awaited. */
const SETTLED = () => !document.querySelector(".stale, .skeleton, .skeleton-rows");

const key = (name, keys, done = SETTLED) => ({ name, done, act: (page) => page.keyboard.press(keys) });
const click = (name, find, done = SETTLED) => ({ name, done, act: (page) => find(page).click() });

const panel = (name) => (page) => page.getByTestId(`panel-${name}`);
const button = (place, name) => (page) => place(page).getByRole("button", { name, exact: true });
const dialog = (page) => page.getByRole("dialog");
const kpi = (name) => (page) => page.locator(".kpi", { has: page.getByTestId(`kpi-${name}`) });

/** What is looked for in the details; pages of the made-up site are called so. */
const SOUGHT = "/products/11";

const answered = () => document.querySelector("dialog tr[data-name]") && !document.querySelector(".stale");
const closed = () => !document.querySelector("dialog");
const narrowed = () => {
  const found = [...document.querySelectorAll("dialog tr[data-name]")];
  return found.length > 0 && found.every((row) => row.dataset.name.includes("/products/11")) && !document.querySelector(".stale");
};

/** All of it, from a page that shows 28 days and back to that. What has the same name is one kind of thing. */
export const SCRIPT = [
  ...["d", "e", "w", "t", "n", "y", "f", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight"].map((keys) => key("period by key", keys)),
  key("comparison", "x"),
  key("comparison", "x"),
  ...["visits", "pageviews", "bounce_rate"].map((name) => click("metric", kpi(name))),
  click("metric", (page) => page.locator(".kpi").first()),
  key("buckets", "i"),
  key("buckets", "i"),
  ...["Channels", "Campaigns", "Sources"].map((name) => click("tab", button(panel("sources"), name))),
  ...["OS", "Languages", "Browsers"].map((name) => click("tab", button(panel("devices"), name))),
  ...["pages", "sources", "countries"].flatMap((name) => [
    click("filter by a row", (page) => panel(name)(page).locator("tr[data-name] a").nth(1)),
    key("filter taken away", "Escape"),
  ]),
  click("period menu", (page) => page.getByRole("button", { name: /^Period:/ })),
  click("period by menu", (page) => page.locator("#period-menu").getByRole("link", { name: "Last 7 days" })),
  key("period by key", "f"),
  click("details", (page) => panel("pages")(page).getByRole("link", { name: "Details" }), answered),
  click("details, sorted", (page) => dialog(page).locator("th button").nth(1), answered),
  { name: "search in details", done: narrowed, act: (page) => dialog(page).getByLabel("Search").pressSequentially(SOUGHT) },
  key("search in details", "Escape", answered),
  key("details closed", "Escape", closed),
  key("palette", "Control+k", () => document.querySelector("dialog .palette a")),
  key("search in palette", "l", () => document.querySelector("dialog .palette a")),
  key("search in palette", "Escape"),
  key("palette closed", "Escape", closed),
];
