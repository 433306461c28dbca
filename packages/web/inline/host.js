// What the scripts of the SDK find where there is no file but the program's own.
import module from "../core.wasm";

/** In place of `document.currentScript`. */
export const host = {};

/** In place of `document.createElement`: the loader's element, of which it sets the members. */
export const createElement = () => ({});

/** In place of `document.head.append`: runs what the element names. */
export const append = ({ src, tidemark }) => {
  host.tidemark = tidemark;
  try {
    if (src == "inline:page") require("../page/main.js");
    else require("../plain.js");
  } catch {}
};

/** In place of `fetch`: the module is here, all else is the page's. */
export const fetch = (resource, request) =>
  resource == "inline:core"
    ? new Response(Uint8Array.from(atob(module), (letter) => letter.charCodeAt()), {
        headers: { "content-type": "application/wasm" },
      })
    : window.fetch(resource, request);
