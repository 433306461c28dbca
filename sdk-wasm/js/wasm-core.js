// The core in WebAssembly: `../src/core.rs`. The build gives exports their short names, in here too. Texts cross as pointer and
// length in the manner of wasm-bindgen, whose own bindings are several times larger.

let wasm;

const bytes = (pointer, length) => new Uint8Array(wasm.memory.buffer, pointer, length);

/** Asks by number, with a text that the core frees; what it answers is freed here. */
const ask = (question, text, number, now, retryAfter) => {
  const given = new TextEncoder().encode(text);
  const place = wasm.__wbindgen_malloc(given.length, 1);
  bytes(place, given.length).set(given);
  const [pointer, length] = wasm.ask(question, place, given.length, number, now, retryAfter);
  const answer = new TextDecoder().decode(bytes(pointer, length));
  wasm.__wbindgen_free(pointer, length, 1);
  return answer;
};

/** Makes the core of its file's response. */
export const instantiate = async (response) => {
  wasm = (await WebAssembly.instantiateStreaming(response, IMPORTS)).instance.exports;
  return {
    seed: (words) => words.map((word) => ask(0, "", word)),
    share: (envelope) => ask(1, envelope),
    offer: (event, now) => !ask(2, event, 0, now),
    flush: () => ask(3),
    due: () => wasm.due(),
    take: (now) => ask(4, "", 0, now),
    settle: (status, retryAfter, now) => ask(5, "", status, now, retryAfter),
    leave: (position, now) => ask(6, "", position, now),
    taken: (position) => ask(7, "", position),
    save: () => ask(8),
    restore: (saved) => ask(9, saved),
  };
};
