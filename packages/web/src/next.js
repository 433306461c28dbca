// For Next.js: React's component, and the site's own path for script and events.
export { Tidemark, useTidemark } from "./react.js";
export { withTidemark } from "./next-config.js";
