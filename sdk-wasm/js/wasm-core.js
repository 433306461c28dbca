// The core in WebAssembly: `../src/core.rs`. wasm-bindgen writes `core_bg.js`, the build `core.js`, which links the two.
import { advance, begin, due, flush, input, leave, offer, restore, save, settle, share } from "./core_bg.js";
import { link } from "./core.js";

/** Bytes of the place that texts are put in, as `limits.rs` has it. */
const INPUT_BYTES = 64 * 1024;

/** Makes the core of its file's response. */
export const instantiate = async (response) => {
  const { buffer } = await link(response);
  const place = new Uint8Array(buffer, input(), INPUT_BYTES);
  /** Puts a text where the core reads it; what does not fit is cut, and too long for the core. */
  const put = (text) => new TextEncoder().encodeInto(text, place).written;
  return {
    advance: (end) => advance(put(end)),
    begin: (page, request, url, words) => begin(page, request, put(url), ...words),
    due,
    flush,
    leave: (keeps, end) => leave(keeps, put(end)),
    offer: (event, now) => offer(put(event), now),
    restore: (batch) => restore(put(batch)),
    save,
    settle,
    share: (envelope) => share(put(envelope)),
  };
};
