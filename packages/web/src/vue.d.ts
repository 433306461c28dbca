import type { App } from "vue";

import type { Options } from "./index.js";

/** The calls. In templates they are `$tidemark`. */
export type Calls = typeof import("./index.js");

/** `app.use(tidemark, options)` begins. */
export const tidemark: { install(app: App, options: Options): void };
export function useTidemark(): Calls;
export type { Options } from "./index.js";

declare module "vue" {
  interface ComponentCustomProperties {
    $tidemark: Calls;
  }
}
