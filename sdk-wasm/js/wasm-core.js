// The core in WebAssembly: `../src/core.rs`. wasm-bindgen writes `core_bg.js`, the build `core.js`, which links the two.
import { advance, begin, due, flush, leave, offer, restore, save, settle, share } from "./core_bg.js";
import { link } from "./core.js";

/** Makes the core of its file's response. */
export const instantiate = async (response) => {
  await link(response);
  return { advance, begin, due, flush, leave, offer, restore, save, settle, share };
};
