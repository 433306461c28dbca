// Clicks and forms: events without code, outbound links, downloads.
import { on, options } from "./sdk.js";

const DOWNLOADS = "pdf,xlsx,docx,pptx,csv,txt,rtf,zip,rar,7z,gz,dmg,exe,pkg,msi,apk,deb,mp3,mp4,wav,avi,mov,mkv";

/** The event that an element, or one around it, describes: `[name, properties, { revenue }]`. */
const described = (target) => {
  const element = target.closest("[data-tidemark-event],[class*=tidemark-event-name]");
  if (!element) return;
  const properties = {};
  const revenue = {};
  let name = element.dataset.tidemarkEvent;
  for (const { name: attribute, value } of element.attributes) {
    if (attribute.startsWith("data-tidemark-prop-")) properties[attribute.slice(19)] = value;
  }
  [revenue.amount, revenue.currency] = element.dataset.tidemarkRevenue?.split(" ") || [];
  for (const token of element.classList) {
    const [, kind, key, text] = /^tidemark-(event|revenue)-(.+?)(?:=|--)(.+)$/.exec(token) || [];
    const value = text?.replace(/\+/g, " ");
    if (kind == "revenue") revenue[key] = value;
    else if (key == "name") name ||= value;
    else if (kind) properties[key] = value;
  }
  return [element, name, properties, revenue.amount && { revenue }];
};

/** Reports to `track`. */
export const listen = (track) => {
  const clicked = ({ target, type, button }) => {
    if (!target.closest || (type == "auxclick" && button != 1)) return;
    const [element, ...event] = described(target) || [];
    // A form's event is its submission.
    if (element && element.localName != "form") track(...event);
    const link = target.closest("a[href],area[href]");
    if (!link || !/^http/.test(link.protocol)) return;
    const url = link.href;
    const ending = link.pathname.split(".").pop().toLowerCase();
    if (options.downloads != null && (options.downloads || DOWNLOADS).split(",").some((one) => one.trim() == ending)) {
      track("File Download", { url });
    } else if ("outbound" in options && link.host != location.host) {
      track("Outbound Link: Click", { url });
    }
  };
  on(document, "click", clicked);
  on(document, "auxclick", clicked);
  on(document, "submit", ({ target }) => {
    const [element, ...event] = described(target) || [];
    if (element == target) track(...event);
    else if ("forms" in options) track("Form: Submission", { path: location.pathname });
  });
};
