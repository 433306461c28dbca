// What the loader hands over, at the element that loads this file, and what all of this folder needs.
export const [shared, options, calls, quietly, stored, clock, refusal, event, endpoint, request, load] =
  document.currentScript.tidemark;

/** Where the other files of this build are. */
export const base = document.currentScript.src;

/** Cuts a text to the edge's limit in bytes, between characters; all else stays. Most are short and ASCII, which is quick to see. */
export const cut = (text, bytes) =>
  typeof text != "string" || (!text[bytes] && /^[ -~]*$/.test(text))
    ? text
    : new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, bytes), { stream: true });

/** Has a listener that fails silently. */
export const on = (target, name, work) =>
  target.addEventListener(name, (event) => quietly(() => work(event)), { capture: true, passive: true });

/** 128 random bits, weaker ones where a page has broken its `crypto`. */
export const words = () => {
  const into = new Uint32Array(4);
  return [...(quietly(() => crypto.getRandomValues(into)) || into.map(() => Math.random() * 2 ** 32))];
};

/** Whether the browser asks not to be told apart, and the site heeds it. */
export const isPrivate = () => {
  const heeded = options.respect ?? "gpc";
  return (
    (heeded.includes("gpc") && navigator.globalPrivacyControl) ||
    (heeded.includes("dnt") && navigator.doNotTrack == "1")
  );
};

let debugging = false;

/** Says on the console what is done, and what is not and why, where the page asked for that. */
export const say = (...words) => debugging && console.info("tidemark:", ...words);

export const setDebug = (wanted) => {
  debugging = wanted;
};
