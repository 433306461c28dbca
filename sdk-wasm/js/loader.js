// Tidemark's script tag; every option stands in docs/sdk.md:
//
//   <script defer src="https://HOST/sdk/tidemark.js" data-site="UA-123456-1"
//           data-endpoint="https://edge.example"></script>
//
// This file makes the one global, `tidemark`, keeps what is called until the rest is there, and sends the first page view at
// once where nothing has to be weighed before. The rest (`./page/`) it loads under names and hashes that the build defines;
// that waits until the browser is idle. Nothing in here may throw into the page.

/** URL and referrer together stay within the edge's limit for each, which counts bytes: they are ASCII. */
const URLS_MAX = 2048;
/** Characters of a title that are within the edge's limit, 512 bytes, in every script: three bytes each at most. */
const TITLE_MAX = 170;
/** Most calls that are kept until the rest is there. */
const CALLS_MAX = 1000;
const METHODS = "track,page,identify,group,reset,consent,optOut,optIn,variant,flush,debug";
/** Options that say which pages count, and how; the rest weighs them. */
const WEIGHED = /manual|consent|include|exclude|hash/;

const quietly = (work) => {
  try {
    return work();
  } catch {}
};

const script = document.currentScript;
const options = script.dataset;
/** What was called before the rest was there: name, what was given, moment, URL and title of the page. */
const calls = [];

/**
 * What changes between this file and the rest: `run` takes calls; `page` is that of a page view that is sent, and `first` what
 * of it is to be sent again.
 */
const shared = {
  run: (...given) => calls.length < CALLS_MAX && calls.push([...given, clock(), location.href, document.title]),
};

const stored = (key) => quietly(() => localStorage.getItem("tidemark_" + key));

/** Milliseconds on a clock that only goes forward while a page is open, and goes on in the next. */
const clock = () => performance.timeOrigin + performance.now();

const hasOptedOut = () => !!stored("ignore");

/** Why nothing here is counted; nothing when it is. */
const refusal = () =>
  hasOptedOut()
    ? "opted out"
    : "local" in options
      ? 0
      : /^(localhost|127[\d.]+|\[::1]|)$/.test(location.hostname)
        ? "local page"
        : navigator.webdriver && "automated";

/** An event as JSON, without its id. */
const event = (event_type, page, more) =>
  JSON.stringify({
    event_type,
    page,
    automated: navigator.webdriver,
    user: { language: navigator.language, screen_width: screen.width },
    ...more,
  });

/** Without a word on it where the script came from: below the path that it is served under. */
const endpoint = new URL(
  `${options.endpoint || script.src.match(/.*(?=\/sdk\/)/) || ""}`.replace(/\/?$/, "/api/v1/events"),
  script.src,
);

const request = { method: "POST", keepalive: true, credentials: "omit" };

/** Loads another file of this build, which finds `handover` at its own element. */
const load = ([file, integrity], handover, onerror) =>
  document.head.append(
    Object.assign(document.createElement("script"), {
      integrity,
      crossOrigin: "",
      nonce: script.nonce,
      onerror,
      src: new URL(file, script.src),
      tidemark: handover,
    }),
  );

const call = (name, given) => quietly(() => shared.run(name, given));

/** The first page view, under a batch of its own; what the edge does not take is left to the rest under the same id. */
const first = () => {
  const page = {
    url: location.href.split("#")[0],
    title: document.title,
    referrer: document.referrer,
  };
  const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const now = clock();
  const batch =
    `{"batch_id":"${id}","tracking_id":"${options.site}","sdk":"loader/${VERSION}",` +
    `"events":[` + event("pageview", page, { at_ms: now }) + "]";
  shared.first = fetch(endpoint, { ...request, body: `${batch},"sent_at_ms":${now}}` }).then(
    (answer) => /429|5../.test(answer.status) && batch,
    () => batch,
  );
  shared.page = page;
};

// Without a queue it is this script, loaded twice.
const stub = window.tidemark;
if (options.site && (!stub || stub.q)) {
  const tidemark = (name, options) => call("track", [name, options?.props, options]);
  for (const name of METHODS.split(",")) tidemark[name] = (...given) => call(name, given);
  window.tidemark = Object.assign(tidemark, { hasOptedOut });
  for (const given of stub?.q || []) tidemark(...given);
  // Who agreed to be known again is: the rest says by which id. A page that is rendered ahead of time may never be seen. What
  // is too long is cut there.
  if (
    !WEIGHED.test(Object.keys(options)) &&
    !refusal() &&
    !stored("id") &&
    !document.prerendering &&
    !document.title[TITLE_MAX] &&
    !(location.href + document.referrer)[URLS_MAX]
  )
    quietly(first);
  load(PAGE, [shared, options, calls, quietly, stored, clock, refusal, event, endpoint, request, load]);
}
