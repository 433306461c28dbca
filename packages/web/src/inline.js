// The SDK from the program's own bundle: nothing is loaded from another host.
import { begin } from "./api.js";
import { start } from "./sdk.js";

export {
  consent, debug, flush, group, hasOptedOut, identify, optIn, optOut, page, reset, track, variant,
} from "./api.js";

export const init = (options) => begin(options, start);
