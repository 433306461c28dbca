// An installation checker, on any page that it is loaded into before Tidemark's script (or after it, which hides what was
// sent before): what is sent, by which core and means, what is answered, and what is in the way, in plain words. It is
// shown in the element with `data-tidemark-check`, else at the foot of the page. Nothing of it leaves the page.
(() => {
  "use strict";

  const PATH = "/api/v1/events";
  /** How long the script may take until it is missed. */
  const PATIENCE_MS = 6000;
  /** Batches that are shown. */
  const SHOWN_MAX = 50;

  /** Why the edge does not count an event, by the reason that it names. */
  const REASONS = {
    automation: ["A program steers this browser", "Nothing is wrong with the page. Open it in a browser that a person uses, or turn the site's filter of programs off."],
    bot_user_agent: ["The browser calls itself a program", "Nothing is wrong with the page. The user agent is a known robot's."],
    prefetch: ["The page was fetched ahead of time", "It counts once somebody looks at it."],
    data_center: ["The request comes from a data centre", "A VPN or a server makes visits look like a program's. Try it from another network."],
    visitor_rate: ["Too many page views in a row", "They come faster than a person reads. Wait a minute."],
    tracking_id: ["The edge does not know this site", "Compare data-site with the id that the dashboard shows under the site's settings: one sign is enough to make it another site."],
    page: ["The page's address is not accepted", "It has to be http or https, and of at most 2048 bytes with its referrer."],
    duplicate: ["It was counted before", "The same event came twice, and counts once. Nothing is wrong."],
  };

  const seen = { batches: [], ignored: new Map(), violations: [], failed: [], core: "", said: "", late: false };
  const began = performance.now();
  const probes = new Map();

  // ── What happens on the page

  const realFetch = window.fetch;
  const isOurs = (url) => new URL(url, location.href).pathname.endsWith(PATH);

  const quietly = (work, otherwise) => {
    try {
      return work();
    } catch {
      return otherwise;
    }
  };

  /** Notes a batch that leaves. */
  const leaves = (means, url, body) => {
    const text = typeof body === "string" ? body : "";
    const batch = quietly(() => JSON.parse(text), {});
    const tries = batch.batch_id ? seen.batches.filter(({ id }) => id === batch.batch_id).length : 0;
    const entry = {
      at: new Date(), means, url: new URL(url, location.href).href, text, bytes: new TextEncoder().encode(text).length,
      id: batch.batch_id, sdk: batch.sdk ?? "", site: batch.tracking_id, events: batch.events ?? [], tries, state: "waits", answer: "no answer yet",
    };
    seen.batches.push(entry);
    show();
    return entry;
  };

  if (typeof realFetch === "function") {
    window.fetch = function (input, init) {
      const url = `${input?.url ?? input}`;
      if (!quietly(() => isOurs(url) && init?.method === "POST", false)) return realFetch.apply(this, arguments);
      const entry = leaves("fetch", url, init.body);
      const answer = realFetch.apply(this, arguments);
      answer.then((response) => answered(entry, response.clone()), (error) => unanswered(entry, error));
      return answer;
    };
  }

  const realBeacon = navigator.sendBeacon;
  quietly(() => {
    navigator.sendBeacon = function (url, body) {
      const taken = realBeacon.apply(navigator, arguments);
      if (quietly(() => isOurs(url), false)) {
        const entry = leaves("beacon", url, body);
        entry.state = taken ? "unknown" : "bad";
        entry.answer = taken ? "handed to the browser; pages are not told what a beacon is answered" : "refused by the browser";
        show();
      }
      return taken;
    };
  });

  /** What the edge says of a batch. */
  const answered = async (entry, response) => {
    const { status, headers } = response;
    const text = await response.text().catch(() => "");
    const told = quietly(() => JSON.parse(text), null);
    const retry = headers.get("retry-after");
    entry.status = status;
    entry.reasons = (told?.outcomes ?? []).filter((outcome) => outcome.status !== "accepted").map(reason);
    if (told?.field && !entry.reasons.length) entry.reasons.push({ name: told.field, detail: told.detail });
    for (const name of headers.get("x-tidemark-dropped")?.split(", ") ?? []) entry.reasons.push({ name });
    const accepted = status === 204 ? entry.events.length : told?.accepted ?? 0;
    entry.accepted = accepted;
    entry.state = accepted && accepted === entry.events.length ? "good" : retry ? "waits" : "bad";
    entry.answer = `${status}${status === 204 ? ": all counted" : told ? `: ${told.detail ?? `${accepted} of ${entry.events.length} counted`}` : ""}`;
    if (retry) entry.answer += `; it is sent again after ${retry} s`;
    entry.foreign = status !== 204 && !told;
    show();
  };

  const reason = ({ status, field, detail }) =>
    status === "duplicate" ? { name: status } : status === "filtered" ? { name: detail } : { name: `${field}`.split(/[.[]/)[0], detail: `${field}: ${detail}` };

  /** Why there is no answer: a server that says nothing, one whose answer pages may not read, or a policy. */
  const unanswered = async (entry, error) => {
    const { origin } = new URL(entry.url);
    entry.state = "bad";
    entry.answer = `no answer (${error.message})`;
    if (!probes.has(origin)) probes.set(origin, realFetch(`${origin}/healthz`, { mode: "no-cors", cache: "no-store" }).then(() => true, () => false));
    entry.reachable = await probes.get(origin);
    entry.failed = true;
    show();
  };

  // What the script says in debug mode.
  const realInfo = console.info;
  console.info = function (first, ...words) {
    if (first === "tidemark:") {
      const [what, verb, why] = words;
      if (/^(wasm|js)\//.test(what)) seen.core = what;
      else if (verb === "ignored:") seen.ignored.set(why, [...(seen.ignored.get(why) ?? []), what]);
      show();
    }
    return realInfo.apply(console, arguments);
  };

  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    seen.violations.push({ directive: effectiveDirective, uri: blockedURI });
    show();
  });
  // A script that cannot be had; such events do not bubble.
  addEventListener("error", ({ target }) => {
    if (target?.localName === "script" && (target === tag() || /\/sdk\/(page|plain)\./.test(target.src))) {
      seen.failed.push(target.src);
      show();
    }
  }, true);

  // ── What is wrong

  const tag = () => document.querySelector("script[src*='/sdk/tidemark'],script[src$='tidemark.js']") ?? (isReady() ? bundled() : null);
  /** Of a script that came in the page's own bundle, no line says the options. */
  const bundled = () => {
    const { site = "known once something was sent", url = location.href } = seen.batches.at(-1) ?? {};
    return { src: "", dataset: { site, endpoint: new URL(url).origin, local: "" } };
  };
  const stored = (key) => quietly(() => localStorage.getItem(`tidemark_${key}`), null);
  const isLocal = () => /^(localhost|127[\d.]+|\[::1]|)$/.test(location.hostname);
  const isReady = () => typeof window.tidemark?.track === "function";
  const waited = () => performance.now() - began > PATIENCE_MS;

  const endpoint = (script) => quietly(() => {
    const base = script.dataset.endpoint || script.src.match(/.*(?=\/sdk\/)/)?.[0] || "";
    return new URL(base.replace(/\/$/, "") + PATH, script.src || location.href).href;
  }, "");

  /** Whether this page's path is in a list of patterns: `*` within a segment, `**` across. */
  const matches = (patterns) =>
    patterns.split(",").some((pattern) => {
      const text = pattern.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\*\\\*/g, ".*").replace(/\\\*/g, "[^/]*");
      return new RegExp(`^${text}$`).test(location.pathname);
    });

  const wishes = (options) => {
    const heeded = options.respect ?? "gpc";
    const gpc = navigator.globalPrivacyControl && "Global Privacy Control";
    const dnt = navigator.doNotTrack === "1" && "Do Not Track";
    const all = [[gpc, "gpc"], [dnt, "dnt"]].filter(([wish]) => wish);
    return all.map(([wish, name]) => `${wish}, ${heeded.includes(name) ? "heeded: counted without a visitor, nothing is stored" : "which the site does not heed"}`);
  };

  const webAssembly = () => {
    if (typeof WebAssembly === "undefined") return "this browser has no WebAssembly";
    const isAllowed = quietly(() => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), null);
    return isAllowed ? "" : "the page's policy does not allow 'wasm-unsafe-eval'";
  };

  const core = () => {
    if (seen.core.startsWith("wasm")) return `WebAssembly (${seen.core})`;
    if (seen.core) return `plain JavaScript (${seen.core}), for ${webAssembly() || "the WebAssembly could not be had: a policy's connect-src, or a missing file"}; it does the same`;
    return seen.said ? "not loaded" : "not there yet";
  };

  /** All that is in the way: `[what, hint]`. */
  const faults = (script) => {
    const found = [];
    const add = (what, hint) => found.some(([known]) => known === what) || found.push([what, hint]);
    if (!script) {
      if (document.readyState !== "loading") add("The script is not on this page", "Put its line into the page's head: the dashboard has it under the site's settings, with your site's id.");
      return found;
    }
    const options = script.dataset;
    const url = endpoint(script);
    const host = quietly(() => new URL(url).origin, url);
    for (const { directive, uri } of seen.violations) {
      if (directive.startsWith("connect") && (url.startsWith(uri) || uri.startsWith(host))) add("The page's policy forbids sending events", `Allow ${host} in the Content-Security-Policy's connect-src.`);
      if (directive.startsWith("script") && script.src && /\/sdk\//.test(uri)) add("The page's policy forbids the script", `Allow ${new URL(script.src).origin} in the Content-Security-Policy's script-src.`);
    }
    if (!found.length && (seen.failed.includes(script.src) || (waited() && !isReady()))) {
      add("The script was not loaded", `${script.src} cannot be had, or something blocks it: open it in a tab of its own. Where that works, a content blocker stops it; serve it from your own domain then.`);
    }
    if (!options.site) add("The script's line names no site", "Add data-site with the id that the dashboard shows under the site's settings.");
    if (stored("ignore")) add("This browser has opted out", "Nothing is counted here. Press “Opt in again”, or call tidemark.optIn().");
    if (!("local" in options) && isLocal()) add("Local pages do not count", "Add data-local to the script's line while you try it, or open the page under its own name.");
    else if (!("local" in options) && navigator.webdriver) add("A program steers this browser", "Such browsers do not count without data-local.");
    if ("consent" in options && !stored("id")) add("The visitor has not agreed", "data-consent holds events back until tidemark.consent({ analytics: \"granted\" }) is called.");
    if ([...seen.ignored.keys()].some((why) => /consent/.test(why))) add("The visitor has not agreed", "tidemark.consent({ analytics: \"granted\" }) sends events again.");
    const isLeftOut = (options.exclude != null && matches(options.exclude)) || (options.include != null && !matches(options.include));
    if (isLeftOut) add("This page is left out", "Its path is in data-exclude, or not in data-include: change the patterns on the script's line if it should count.");
    if (location.protocol === "https:" && url.startsWith("http:") && !/^http:\/\/(localhost|127\.)/.test(url)) add("The page is secure, its endpoint is not", `Browsers send nothing from https to ${host}: use https there.`);
    for (const entry of recent()) fault(entry, host, add);
    if (isReady() && waited() && !seen.core && !found.length) add("Only the first part of the script is there", "The first page view is counted; what else happens is not. The files behind tidemark.js are missing or blocked: after an update, reload without the cache.");
    if (isReady() && waited() && !seen.batches.length && !seen.late && !found.length) {
      if ("manual" in options) add("Page views are left to the page", "data-manual is on the script's line: call tidemark.page() where a page is seen, or take it off.");
      else add("Nothing is sent", "Reload the page. Where that changes nothing, call tidemark.debug(true) in the console: it says of each event why it is not sent.");
    }
    return found;
  };

  /** Batches whose answer still stands: of one that was sent again, the last that has any. */
  const recent = () => {
    const ended = seen.batches.filter(({ status, failed }) => status || failed);
    return ended.filter(({ id }, place) => !id || ended.findLastIndex((other) => other.id === id) === place);
  };

  const fault = (entry, host, add) => {
    if (entry.failed && !navigator.onLine) add("This browser is offline", "What waits is sent when it is back.");
    else if (entry.failed && seen.violations.some(({ directive }) => directive.startsWith("connect"))) return;
    else if (entry.failed && entry.reachable) add("The edge's answers cannot be read", `${host} answers, but without Access-Control-Allow-Origin (CORS): a proxy in front of it drops the header, or it is another server.`);
    else if (entry.failed) add("The edge cannot be reached", `Nobody answers at ${host}, or something on the way blocks it: compare data-endpoint with the edge's address, and try without content blockers.`);
    else if (entry.status === 429) add("Too much was sent", "The site's or the visitor's limit is reached; it is sent again after a while.");
    else if (entry.foreign && entry.status >= 400 && entry.status < 500) add("There is no edge at this address", `${entry.url} answers ${entry.status}: data-endpoint has to be the edge's address, without a path of its own.`);
    else if (entry.foreign && entry.status < 400) add("Something else than an edge answers", `${entry.url} answers ${entry.status} as a website does: data-endpoint has to be the edge's address.`);
    else if (entry.status >= 500) add("The edge cannot keep events now", "They are sent again. Where it lasts, look at the edge's log.");
    else for (const { name, detail } of entry.reasons ?? []) add(...(REASONS[name] ?? [`The edge does not count it: ${name}`, detail ?? "Its answer, below, says more."]));
  };

  // ── What is shown

  const make = (name, properties = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) key in element ? (element[key] = value) : element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== undefined));
    return element;
  };

  const host = make("div", { id: "tidemark-check" });
  const root = host.attachShadow({ mode: "open" });
  const [verdict, list, facts, batches] = [make("div", { role: "status" }), make("ul", { className: "faults" }), make("dl"), make("ol", { className: "batches" })];
  const rows = new Map();
  let drawn = 0;

  /** Draws soon, once for all that happened. */
  const show = () => {
    if (!drawn && host.isConnected) drawn = requestAnimationFrame(() => ((drawn = 0), draw()));
  };

  const draw = () => {
    const script = tag();
    if (script && isReady() && !seen.said) {
      seen.said = "asked";
      quietly(() => window.tidemark.debug(true));
    }
    const found = faults(script);
    // A page view that left before this was here is not seen: then any event will do.
    const counted = seen.batches.some(({ accepted, events }) => accepted && (seen.late || events.some(({ event_type }) => event_type === "pageview")));
    const waits = !counted && !found.length;
    const [state, title, text] = counted && !found.length
      ? ["good", "This page is counted", seen.late ? "An event was sent, and the edge has it." : "Its page view was sent, and the edge has it."]
      : waits
        ? ["waits", "Looking …", seen.late ? "The script was here before this check: send a test event to see what it is answered." : "Nothing was answered yet."]
        : counted
          ? ["mixed", "This page is counted, but not all of it", "See what is in the way:"]
          : ["bad", "This page is not counted", "This is in the way:"];
    if (verdict.dataset.state !== state || verdict.dataset.title !== title) {
      verdict.dataset.state = state;
      verdict.dataset.title = title;
      verdict.className = state;
      verdict.replaceChildren(make("strong", {}, title), make("span", {}, text));
    }
    list.replaceChildren(...found.map(([what, hint]) => make("li", {}, make("strong", {}, what), make("span", {}, hint))));
    const options = script?.dataset ?? {};
    const known = [
      ["Site", options.site ?? "–"],
      ["Events go to", script ? endpoint(script) : "–"],
      ["Script", script ? `${script.src || "in the page's own bundle"}${isReady() ? "" : ", not loaded"}` : "not on this page"],
      ["Core", core()],
      ["Storage", stored("id") ? "allowed: the visitor agreed" : "nothing is stored without the visitor's consent"],
      ["Privacy", wishes(options).join("; ") || "the browser asks for nothing"],
      ["Options", Object.keys(options).filter((name) => !/^(site|endpoint)$/.test(name)).map((name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(" ") || "none"],
    ];
    facts.replaceChildren(...known.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
    for (const entry of seen.batches.slice(-SHOWN_MAX)) batches.prepend(...(rows.has(entry) ? [] : [row(entry)]));
    for (const [entry, { status }] of rows) if (status.textContent !== entry.answer) status.replaceChildren(entry.answer), (status.className = entry.state);
    while (batches.children.length > SHOWN_MAX) batches.lastChild.remove();
    optOut.textContent = stored("ignore") ? "Opt in again" : "Opt out";
    for (const button of [test, optOut]) button.disabled = !isReady();
  };

  const row = (entry) => {
    const names = entry.events.map(({ event_type }) => event_type);
    const text = quietly(() => JSON.stringify(JSON.parse(entry.text), null, 2), entry.text);
    const status = make("p", { className: entry.state }, entry.answer);
    const about = `${entry.at.toLocaleTimeString()} · ${entry.means} · ${entry.bytes} bytes · ${entry.sdk}${entry.tries ? ` · try ${entry.tries + 1}` : ""}`;
    const element = make("li", {}, make("strong", {}, names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "")), make("small", {}, about), status, make("details", {}, make("summary", {}, "What was sent"), make("pre", { tabIndex: 0 }, text)));
    rows.set(entry, { status });
    return element;
  };

  const test = make("button", { type: "button", disabled: true, onclick: () => window.tidemark.track("Check", { from: "installation check" }, { callback: show }) }, "Send a test event");
  const optOut = make("button", { type: "button", disabled: true, className: "quiet", onclick: () => (stored("ignore") ? window.tidemark.optIn() : window.tidemark.optOut(), draw()) }, "Opt out");

  const STYLE = `
    :host { all: initial; display: block; color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink, light-dark(#222, #eee)); --good: light-dark(#1d6b3f, #7fd3a1); --bad: light-dark(#a3271d, #ff9d8f); --waits: light-dark(#6b5a12, #e3c96a); }
    :host(.afloat) { position: fixed; inset: auto 0 0 0; z-index: 2147483647; max-height: 60vh; overflow: auto; padding: 1rem clamp(1rem, 4vw, 2rem); background: light-dark(#fff, #1b1b1d); border-top: 3px solid light-dark(#b4532a, #e58a5c); }
    h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; } p { margin: 0; }
    [role=status] { display: grid; gap: .1rem; padding: .9rem 1.1rem; border-radius: .7rem; border: 1px solid; border-left-width: .5rem; }
    [role=status] strong { font-size: 1.25rem; }
    .good { color: var(--good); } .bad, .mixed { color: var(--bad); } .waits, .unknown { color: var(--waits); }
    [role=status] span, li span { color: var(--ink, light-dark(#222, #eee)); }
    ul, ol { list-style: none; margin: .6rem 0; padding: 0; display: grid; gap: .6rem; }
    li { display: grid; gap: .15rem; padding: .7rem 1rem; border-radius: .6rem; border: 1px solid var(--line, light-dark(#ddd, #444)); background: var(--card, light-dark(#fff, #232326)); overflow-wrap: anywhere; }
    .faults li { border-left: .3rem solid var(--bad); } small { color: var(--soft, light-dark(#5c5c5c, #b3b3b3)); font-size: .85rem; }
    .batches:empty::before { content: "Nothing was sent yet."; color: var(--soft, light-dark(#5c5c5c, #b3b3b3)); }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 0; } dt { color: var(--soft, light-dark(#5c5c5c, #b3b3b3)); } dd { margin: 0; overflow-wrap: anywhere; }
    button.close { margin-bottom: .8rem; }
    .buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1rem; }
    button { font: 600 .95rem/1.3 inherit; font-family: inherit; padding: .55em 1.1em; border-radius: 2em; border: 1px solid var(--accent, light-dark(#a3471f, #e58a5c)); background: var(--accent, light-dark(#a3471f, #e58a5c)); color: light-dark(#fff, #1d1916); cursor: pointer; }
    button.quiet { background: none; color: var(--ink, light-dark(#222, #eee)); } button:disabled { opacity: .5; cursor: default; }
    :focus-visible { outline: 3px solid var(--accent, light-dark(#a3471f, #e58a5c)); outline-offset: 2px; }
    summary { cursor: pointer; font-size: .9rem; width: max-content; padding: .15rem 0; } pre { margin: .3rem 0 0; max-height: 18rem; overflow: auto; font: .8rem/1.45 ui-monospace, monospace; white-space: pre-wrap; }
    @media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }`;

  const open = () => {
    // A style sheet of this kind needs no leave of the page's policy.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.append(verdict, list, make("div", { className: "buttons" }, test, optOut), make("h2", {}, "What was sent"), batches, make("h2", {}, "This page"), facts);
    const place = document.querySelector("[data-tidemark-check]");
    if (place) place.append(host);
    else {
      host.className = "afloat";
      root.prepend(make("button", { type: "button", className: "quiet close", onclick: () => host.remove() }, "Close"));
      document.body.append(host);
    }
    const bookmark = `javascript:void document.head.append(Object.assign(document.createElement("script"),{src:${JSON.stringify(source)}}))`;
    for (const link of document.querySelectorAll("a[data-tidemark-bookmark]")) link.href = bookmark;
    draw();
    // What is not told by an event: that something does not come.
    setInterval(show, 1000);
  };

  const source = document.currentScript?.src ?? "/check.js";
  seen.late = isReady() && !window.tidemark.q;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", open);
  else open();
})();
