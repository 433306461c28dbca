export { Tidemark, useTidemark } from "./react.js";
export type { Calls, Options } from "./react.js";

export interface Edge {
  /** The edge's origin: `https://edge.example`. */
  edge: string;
  /** The site's own path for script and events; `/stats`, where not given. Give the component the same as `endpoint`. */
  path?: string;
}

/**
 * Adds the rewrites that hand script and events on to the edge, to a configuration or a function that makes one.
 *
 * @throws {TypeError} Where `edge` is no URL or `path` no path.
 */
export function withTidemark<Config>(nextConfig: Config | undefined, edge: Edge): Config;
