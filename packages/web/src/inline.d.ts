import type { Options as ScriptOptions } from "./index.js";

export type { EventOptions, PageOptions, Properties, Revenue, Told } from "./index.js";

/** As those of the script; there is no script to be found. */
export type Options = Omit<ScriptOptions, "host" | "src" | "nonce">;

/** Begins, once a page, with the SDK that is in this bundle. What was called before is kept until now. Never throws. */
export function init(options: Options): void;
export {
  consent, debug, flush, group, hasOptedOut, identify, optIn, optOut, page, reset, track, variant,
} from "./index.js";
