// The core in WebAssembly: `../src/core.rs`. wasm-bindgen writes `core_bg.js`, the build `core.js`, which links the two.
import { advance, begin, due, flush, leave, offer, restore, save, settle, share } from "./core_bg.js";
import { link } from "./core.js";

const encode = (text) => new TextEncoder().encode(text);

/** Makes the core of its file's response. */
export const instantiate = async (response) => {
  await link(response);
  return {
    advance,
    begin: (performance, navigator, crypto, url, ...more) => begin(performance, navigator, crypto, encode(url), ...more),
    due,
    flush,
    leave,
    offer: (event, at) => offer(encode(event), at),
    restore: (saved) => restore(encode(saved)),
    save,
    settle,
    share: (envelope) => share(encode(envelope)),
  };
};
