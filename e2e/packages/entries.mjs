// On a server: importing has no effect, and calls have none.
import assert from "node:assert/strict";

const before = Object.keys(globalThis).join();
const web = await import("@tidemark/web");
const inline = await import("@tidemark/web/inline");
const { useTidemark, Tidemark } = await import("@tidemark/web/react");
const next = await import("@tidemark/web/next");
const { tidemark } = await import("@tidemark/web/vue");
await import("@tidemark/web/server");
assert.equal(Object.keys(globalThis).join(), before);

for (const calls of [web, inline, useTidemark()]) {
  calls.init({ site: "a", endpoint: "https://edge.example" });
  calls.track("a", { n: 1 });
  calls.consent({ analytics: "granted" });
  assert.equal(calls.hasOptedOut(), false);
}
assert.deepEqual(Object.keys(web), Object.keys(inline));
assert.equal(next.Tidemark, Tidemark);
const app = { config: { globalProperties: {} } };
tidemark.install(app, { site: "a" });
assert.equal(app.config.globalProperties.$tidemark.track, web.track);
assert.equal(Object.keys(globalThis).join(), before);

// Next.js's configuration: an object or a function, with rewrites of any form, which stay.
const { withTidemark } = next;
const edge = { edge: "https://edge.example/" };
const own = [
  { source: "/stats/sdk/:file*", destination: "https://edge.example/stats/sdk/:file*" },
  { source: "/stats/api/v1/events", destination: "https://edge.example/stats/api/v1/events" },
  { source: "/stats/api/v1/beacon", destination: "https://edge.example/stats/api/v1/beacon" },
];
const theirs = { source: "/a", destination: "/b" };
assert.deepEqual(await withTidemark(undefined, edge).rewrites(), own);
const list = withTidemark({ output: "export", rewrites: async () => [theirs] }, edge);
assert.deepEqual([list.output, await list.rewrites()], ["export", [...own, theirs]]);
const staged = withTidemark({ rewrites: () => ({ beforeFiles: [theirs], fallback: [theirs] }) }, edge);
assert.deepEqual(await staged.rewrites(), { beforeFiles: [...own, theirs], fallback: [theirs] });
const called = await withTidemark(async (phase) => ({ distDir: phase }), edge)("phase-x");
assert.deepEqual([called.distDir, await called.rewrites()], ["phase-x", own]);
const [{ source }] = await withTidemark({}, { ...edge, path: "/a/b/" }).rewrites();
assert.equal(source, "/a/b/sdk/:file*");
assert.throws(() => withTidemark({}, {}), /edge must be/);
assert.throws(() => withTidemark({}, { ...edge, path: "stats" }), /path must begin/);
