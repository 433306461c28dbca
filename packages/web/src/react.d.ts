import type { Options } from "./index.js";

/** The calls, the same at every render. */
export type Calls = typeof import("./index.js");

/** Begins when it is first shown; shows nothing. */
export function Tidemark(options: Options): null;
export function useTidemark(): Calls;
export type { Options } from "./index.js";
