// A customer's project: the packed package, installed as npm would, beside the frameworks; and the documentation's snippets as
// its files.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { PACKAGES_DIR, EDGE_URL, SITE } = process.env;

/** What is in the package, and nothing else. */
const PACKED = `LICENSE README.md
  dist/api.js dist/index.d.ts dist/index.js dist/inline.d.ts dist/inline.js dist/next-config.js dist/next.d.ts dist/next.js
  dist/react.d.ts dist/react.js dist/sdk.js dist/server-wire.js dist/server.d.ts dist/server.js dist/vue.d.ts dist/vue.js
  package.json`.split(/\s+/);

/** Makes the project: `{ folder, tarball, write, close }`. */
export function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-project-"));
  const npm = ["pack", join(PACKAGES_DIR, "web"), "--json", "--pack-destination", folder];
  const [packed] = JSON.parse(execFileSync("npm", npm, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] }));
  const files = packed.files.map(({ path }) => path).sort();
  if (`${files}` !== `${PACKED}`) throw new Error(`packed: ${files.join(" ")}`);

  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@tidemark"), { recursive: true });
  const tarball = join(folder, packed.filename);
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  cpSync(join(folder, "package"), join(modules, "@tidemark/web"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".") && name !== "@tidemark") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("package.json", '{ "name": "shop", "private": true, "type": "module" }\n');
  for (const page of ["docs/sdk.md", "docs/servers.md"]) {
    for (const [path, text] of snippets(page)) write(path, text);
  }
  for (const file of readdirSync(join(ROOT, "e2e/packages"))) cpSync(join(ROOT, "e2e/packages", file), join(folder, file));
  return { folder, tarball, write, close: () => rmSync(folder, { recursive: true }) };
}

/** The fenced blocks of a page that are named after a file, told of the test's edge and site. */
function* snippets(page) {
  const text = readFileSync(join(ROOT, page), "utf8");
  for (const [, path, body] of text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)) {
    yield [path, body.replaceAll("https://EDGE.example", EDGE_URL).replaceAll("UA-123456-1", SITE)];
  }
}
