// The SDK by a script's tag, which `init` puts on the page.
import { begin, giveUp, handOver } from "./api.js";

export {
  consent, debug, flush, group, hasOptedOut, identify, optIn, optOut, page, reset, track, variant,
} from "./api.js";

export const init = (options) =>
  begin(options, (attributes) => {
    const script = document.createElement("script");
    Object.assign(script.dataset, attributes);
    script.async = true;
    if (options.nonce) script.nonce = options.nonce;
    script.onload = handOver;
    script.onerror = () => giveUp("the script cannot be loaded");
    const host = options.host ?? options.endpoint ?? "";
    script.src = options.src ?? `${host.replace(/\/$/, "")}/sdk/tidemark.js`;
    document.head.append(script);
  });
