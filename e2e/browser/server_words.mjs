// The Node helper against the real edge: what is wrong is told by field and limit, as the caller knows them. Then the
// documentation's program.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

import { makeProject } from "./project.mjs";

const { EDGE_URL, SITE } = process.env;
const project = makeProject();
try {
  const helper = `${project.folder}/node_modules/@tidemark/web/dist`;
  const { Client } = await import(`${helper}/server.js`);
  const { clientOf } = await import(`${helper}/server-wire.js`);
  // `client/src/event.rs` holds its own against the same.
  assert.equal(clientOf("UA-123456-1", "203.0.113.7", "Mozilla/5.0", 0), "CO6jlhQLpY6fXPmPbcdoOcrp2d-6GMoskIhW3SlNYkA");
  const ends = [EDGE_URL, "http://127.0.0.1:1"].map(program);
  await words(Client);
  await bounds(Client);
  for (const took of await Promise.all(ends)) assert(took < 12_000, `a program that ends by itself took ${took} ms`);
  const output = execFileSync("node", [join(project.folder, "server/orders.mjs")], { encoding: "utf8" });
  // The order was told of in Rust, under the same id.
  assert.equal(output, "0 { status: 'duplicate', detail: 'event_id' }\n");
} finally {
  project.close();
}

/** A program that tells of an event and ends, after it has left; if the edge is away, without. Answers how long it took. */
async function program(endpoint) {
  const begun = Date.now();
  const text = `
    import { Client } from "@tidemark/web/server";
    new Client(${JSON.stringify({ endpoint, site: SITE })}).track("ending", { clientId: "a" });`;
  await promisify(execFile)("node", ["--input-type=module", "--eval", text], { cwd: project.folder });
  return Date.now() - begun;
}

async function words(Client) {
  const client = new Client({ endpoint: EDGE_URL, site: SITE });
  const clientId = "customer-17";
  const wrong = [
    ["order", { clientId, props: { plan: "x".repeat(1100) } }, "props.plan", "is 1100 bytes, at most 1024"],
    ["order", { clientId, url: "shop" }, "url", "must be an absolute http or https URL"],
    ["order", { clientId, country: "Sweden" }, "country", "must be an ISO 3166-1 alpha-2 code, two letters"],
    ["x".repeat(65), { clientId }, "name", "must be 1 to 64 bytes without control characters"],
    ["order", { clientId: "x".repeat(129) }, "clientId", "must be 1 to 128 bytes"],
    ["order", { clientId, time: 0 }, "time", "is more than 172800000 ms old"],
    ["order", { clientId, time: "soon" }, "time", "must be a Date, milliseconds, or an RFC 3339 instant"],
    ["order", {}, "clientId", "is required, or ip and userAgent: else this server would be taken for the visitor"],
    ["order", { clientId, props: { n: 1n } }, "props", "cannot be written as JSON: Do not know how to serialize a BigInt"],
  ];
  // With one that is right, so that the edge answers for each.
  const right = client.track("visit", { ip: "203.0.113.7", userAgent: "Mozilla/5.0", url: "https://shop.example/a" });
  const told = wrong.map(([name, options]) => client.track(name, options));
  await client.flush();
  assert.deepEqual(await right, { status: "accepted" });
  for (const [index, [, , field, detail]] of wrong.entries()) {
    assert.deepEqual(await told[index], { status: "rejected", detail, field });
  }
  // As many bytes as a batch holds, and one more.
  const time = new Date();
  const frame = { event_type: "order", client_id: clientId, timestamp: time, user: {}, custom_properties: { text: "" } };
  const sized = (bytes) => {
    return client.track("order", { clientId, time, props: { text: "x".repeat(bytes - JSON.stringify(frame).length) } });
  };
  const largest = sized(1_022_976);
  await client.flush();
  assert.equal((await largest).field, "props.text");
  assert.equal((await sized(1_022_977)).detail, "the event has 1022977 bytes, at most 1022976");
  assert.equal(await client.close(), 0);
  assert.deepEqual(await client.track("order", { clientId }), { status: "unsent", detail: "the client is closed" });
  assert.throws(() => new Client({ endpoint: "edge", site: SITE }), /Invalid URL/);
  assert.throws(() => new Client({ endpoint: "ftp://edge", site: SITE }), /endpoint: must be/);
  assert.throws(() => new Client({ endpoint: EDGE_URL, site: "a b" }), /site: must be/);
  const nobody = new Client({ endpoint: EDGE_URL, site: "nobody" });
  const unknown = nobody.track("order", { clientId });
  await nobody.close();
  assert.equal((await unknown).field, "site");
}

/** An edge that never answers, and then one that says when. */
async function bounds(Client) {
  const bodies = [];
  let answer = () => {};
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    bodies.push({ at: Date.now(), text: Buffer.concat(chunks).toString() });
    answer(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const endpoint = `http://127.0.0.1:${server.address().port}/stats/`;
  const silent = new Client({ endpoint, site: SITE });
  const many = Array.from({ length: 10_020 }, () => silent.track("order", { clientId: "a" }));
  const full = await silent.track("order", { clientId: "a" });
  assert.match(full.detail, /^the queue holds 10000 events of \d+ bytes, at most 10000 of 16777216$/);
  const begun = Date.now();
  assert.equal(await silent.close({ timeoutMs: 300 }), 10_020);
  assert(Date.now() - begun < 3000);
  assert((await Promise.all(many)).every(({ status }) => status === "unsent"));
  const away = new Client({ endpoint: "http://127.0.0.1:9", site: SITE });
  const lost = away.track("order", { clientId: "a" });
  assert.equal(await away.close({ timeoutMs: 300 }), 1);
  assert.match((await lost).detail, /did not answer within 300 ms; the last try: connect ECONNREFUSED|bad port/);

  // Whoever waits makes one try come sooner, not all of them.
  bodies.length = 0;
  answer = (response) => response.writeHead(503).end();
  const pressed = new Client({ endpoint, site: SITE });
  const vain = pressed.track("order", { clientId: "a" });
  await pressed.close({ timeoutMs: 1500 });
  assert(bodies.length >= 2 && bodies.length < 10, `${bodies.length} tries in 1.5 s`);
  assert.match((await vain).detail, /the last try: answered 503$/);

  bodies.length = 0;
  answer = (response) =>
    bodies.length === 1 ? response.writeHead(429, { "retry-after": "1" }).end() : response.writeHead(204).end();
  const client = new Client({ endpoint, site: SITE });
  const told = Array.from({ length: 600 }, (_, n) => client.track("order", { clientId: "a", props: { n } }));
  await client.flush();
  assert((await Promise.all(told)).every(({ status }) => status === "accepted"));
  const [first, again, ...rest] = bodies.map(({ text }) => JSON.parse(text));
  assert(bodies[1].at - bodies[0].at >= 990, "`Retry-After` was not waited for");
  delete first.sent_at_ms;
  delete again.sent_at_ms;
  assert.deepEqual(again, first);
  const sizes = [first, ...rest].map(({ events }) => events.length);
  assert(sizes.every((size) => size <= 500) && sizes.reduce((sum, size) => sum + size) === 600, `${sizes}`);
  assert.equal(new Set([first, ...rest].map(({ batch_id }) => batch_id)).size, sizes.length);
  await client.close();
  server.closeAllConnections();
  server.close();
}
