// The scripts of `sdk-wasm/js/` as they are, in one file. In place of the page's element for each, and of the files of their
// build, they are given what stands in `host.js`: the build puts its names in (`xtask/src/build/packages.rs`).
import { host } from "./host.js";

/** Begins as a script's tag with these attributes would: those of `data-…`, without that. */
export const start = (dataset) => {
  host.dataset = dataset;
  host.src = new URL("/", document.baseURI).href;
  require("../loader.js");
};
