// A server in Node that sends events while the network and the edge fail (`tests/servers.rs`), until it is told that the faults
// are over. Prints how many of its events ended how.
import { once } from "node:events";

import { makeProject } from "./project.mjs";

const { EDGE_URL, SITE, PAUSE_MS } = process.env;

const project = makeProject();
try {
  const { Client } = await import(`${project.folder}/node_modules/@tidemark/web/dist/server.js`);
  const client = new Client({ endpoint: EDGE_URL, site: SITE });
  const told = [];
  let ends = false;
  once(process.stdin, "data").then(() => (ends = true));
  while (!ends) {
    await new Promise((passed) => setTimeout(passed, Number(PAUSE_MS)));
    const n = told.length;
    told.push(client.track("node", { clientId: `customer-${n % 50}`, props: { n } }));
  }
  await client.close({ timeoutMs: 40_000 });
  const counts = {};
  for (const { status } of await Promise.all(told)) counts[status] = (counts[status] ?? 0) + 1;
  console.log(JSON.stringify(counts));
} finally {
  process.stdin.destroy();
  project.close();
}
