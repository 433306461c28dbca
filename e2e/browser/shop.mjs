// A site that embeds the SDK: serves its files, takes its events to the edge, and has pages with the headers, attributes and
// scripts that a test asks for.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const { SDK_DIR, SITE, EDGE_URL } = process.env;

const KINDS = { js: "text/javascript", wasm: "application/wasm" };

/**
 * Opens the site; `pages` are by path, and the headers where one is asked for: `{ attributes, head, body, headers, status, prefix }`, all of them optional: `prefix` is a path that SDK and events are below;
 * `blocked` says which files are not had, `answerOf` answers a batch in the edge's place.
 */
export async function openSite(pages, { blocked, answerOf } = {}) {
  const batches = [];
  const server = createServer(async (request, response) => {
    const path = request.url.split("?")[0];
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const batch = JSON.parse(body);
      const page = new URL(batch.events[0].page.url).pathname;
      if (path !== `${pages(page)?.prefix ?? ""}/api/v1/events`) return response.writeHead(404).end();
      batches.push({ page, batch, at: Date.now() });
      const [status, headers] = (await answerOf?.(page, () => forward(request, body))) || (await forward(request, body));
      return response.writeHead(status, { "access-control-allow-origin": "*", ...headers }).end();
    }
    const file = path.split("/sdk/")[1];
    if (file) {
      if (await blocked?.(path, request.headers.referer)) return response.writeHead(404).end();
      const kind = KINDS[path.split(".").pop()];
      response.writeHead(200, { "content-type": kind, "access-control-allow-origin": "*" });
      return response.end(readFileSync(join(SDK_DIR, file)));
    }
    const page = pages(path, request.headers);
    if (!page) return response.writeHead(404).end();
    response.writeHead(page.status || 200, { "content-type": "text/html; charset=utf-8", ...page.headers });
    response.end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
${page.head || ""}<script defer src="${page.prefix ?? ""}/sdk/tidemark.js" data-site="${SITE}"
  ${page.attributes ?? "data-local data-engagement=off"}></script></head><body>${page.body || ""}</body></html>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}`, batches, close: () => server.close() };
}

/** Takes a batch to the edge under the site's own domain, as a proxy does. Answers status and headers. */
async function forward(request, body) {
  const { "user-agent": agent, "sec-gpc": gpc } = request.headers;
  const headers = { "user-agent": agent, ...(gpc && { "sec-gpc": gpc }) };
  try {
    const answer = await fetch(`${EDGE_URL}/api/v1/events`, { method: "POST", headers, body });
    const pause = answer.headers.get("retry-after");
    return [answer.status, pause ? { "retry-after": pause } : {}];
  } catch {
    return [502, {}];
  }
}
