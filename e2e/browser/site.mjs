// A site of one page for the tests, and what its tracker sent from it.
import { createServer } from "node:http";

/** Serves `html` for every path but those of `files` (path to script), on a port of loopback. */
export async function serve(html, files = {}) {
  const server = createServer((request, response) => {
    const script = files[request.url.split("?")[0]];
    response.setHeader("content-type", script ? "text/javascript" : "text/html; charset=utf-8");
    response.end(script ?? html);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  return { port, url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Keeps what a page posts to `endpoint`, with its answers. */
export function listen(page, endpoint) {
  const sent = [];
  // Not when it has finished: trackers leave the body unread, and so it never does.
  page.on("response", (response) => {
    const request = response.request();
    if (request.url() !== endpoint || request.method() !== "POST") return;
    const [status, answer] = [response.status(), response.headers()];
    sent.push({ body: JSON.parse(request.postData()), headers: request.headers(), status, answer });
  });
  page.on("requestfailed", (request) => {
    if (request.url() === endpoint) sent.push({ failure: request.failure().errorText, body: request.postData() });
  });
  return sent;
}

/** Waits until `check` answers something, and answers that; `sent` is shown if it does not. */
export async function until(what, sent, check, patience_ms = 15_000) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${patience_ms} ms; ${JSON.stringify(sent)}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
