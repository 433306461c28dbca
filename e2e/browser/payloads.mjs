// Texts that mean harm to whoever looks at them. Each would set `struck` or fetch something called so, were it anything but a
// text; each is short enough for the smallest field.

export const PAYLOADS = [
  "<script>struck=1</script>",
  "<ScRiPt/x>struck=1</sCrIpT >",
  "<img src=x onerror=struck=1>",
  "<img src=/struck>",
  '"><svg onload=struck=1>',
  "'><img src='x' onerror='struck=1'>",
  "` onmouseover=struck=1 `",
  '" onfocus=struck=1 autofocus x="',
  "</title><script>struck=1</script>",
  "</textarea><script>struck=1</script>",
  "</style><script>struck=1</script>",
  "</select><script>struck=1</script>",
  "--><script>struck=1</script><!--",
  "]]><script>struck=1</script>",
  "<iframe src=javascript:parent.struck=1>",
  '<iframe srcdoc="<script>parent.struck=1</script>">',
  '<a href="javascript:struck=1">look</a>',
  "<svg><animate onbegin=struck=1 attributeName=x>",
  "<svg><use href=/struck#x>",
  "<math><mtext><img src=x onerror=struck=1>",
  "<details open ontoggle=struck=1>",
  "<body onload=struck=1>",
  "<input autofocus onfocus=struck=1>",
  "<object data=/struck>",
  "<link rel=stylesheet href=/struck>",
  "<style>@import'/struck'</style>",
  '" style="background:url(/struck)" x="',
  "<base href=//struck.example/>",
  '<meta http-equiv=refresh content="0;url=/struck">',
  "<form action=/struck><button autofocus>go",
  "<template><script>struck=1</script></template>",
  "javascript:struck=1",
  "JaVaScRiPt:struck=1//",
  "data:text/html,<script>struck=1</script>",
  "{{constructor.constructor('struck=1')()}}",
  "${struck=1}",
  "&lt;script&gt;struck=1&lt;/script&gt;",
  "%3Cscript%3Estruck=1%3C/script%3E",
  "\\u003cscript\\u003estruck=1\\u003c/script\\u003e",
  '=HYPERLINK("http://struck.example","x")',
];

/** Runs in a page before all else: notes what breaks the page's policy. */
export function guard() {
  globalThis.broken = [];
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
    globalThis.broken.push(`${violatedDirective} ${blockedURI} ${sample}`);
  });
}

/** Watches a page for anything that a payload could do beyond being read. Answers what was done so far. */
export function watchful(page) {
  const done = [];
  page.on("dialog", (dialog) => {
    done.push(`a dialog says ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("popup", (popup) => done.push(`${popup.url()} was opened`));
  page.on("request", (request) => {
    const { host, pathname } = new URL(request.url());
    // A path that somebody typed is asked for as a page.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame() && pathname !== "/struck") return;
    if (pathname === "/struck" || host.startsWith("struck")) done.push(`${request.url()} was asked for`);
  });
  return done;
}

/** What a payload has become in the page: anything but a text is a fault. */
export function found() {
  const faults = [...globalThis.broken];
  if (globalThis.struck !== undefined) faults.push("a script was run");
  const foreign = "script, iframe, object, embed, base, meta, math, style, template, animate, form[action*=struck], img[src*=struck], use";
  for (const element of document.body.querySelectorAll("*")) {
    const handlers = element.getAttributeNames().filter((name) => name.startsWith("on"));
    const leads = ["href", "src", "action", "formAction"].map((name) => element[name]).filter((address) => typeof address === "string" && address);
    const isLed = leads.some((address) => {
      const { protocol, host, pathname } = new URL(address, location);
      return !/^https?:$/.test(protocol) || host.startsWith("struck") || pathname === "/struck";
    });
    if (element.matches(foreign) || handlers.length || isLed) faults.push(element.outerHTML.slice(0, 200));
  }
  return faults;
}
