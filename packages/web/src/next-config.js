/** What is handed on, below the path: script and events. */
const HANDED_ON = ["sdk/:file*", "api/v1/events", "api/v1/beacon"];

/** The rules that hand on to the edge; it answers below any path, so nothing is rewritten. */
const handedOn = (edge, path) =>
  HANDED_ON.map((end) => ({ source: `${path}/${end}`, destination: `${edge}${path}/${end}` }));

const trimmed = (text) => text.replace(/\/+$/, "");

export const withTidemark = (nextConfig = {}, { edge, path = "/stats" } = {}) => {
  if (!/^https?:\/\//.test(edge)) throw new TypeError("withTidemark: edge must be an http or https URL");
  if (!/^\/[^:*?()]+$/.test(path)) throw new TypeError("withTidemark: path must begin with / and be a path, such as /stats");
  const own = handedOn(trimmed(edge), trimmed(path));
  const extend = (config) => ({
    ...config,
    rewrites: async () => {
      const rules = (await config.rewrites?.()) ?? [];
      if (Array.isArray(rules)) return [...own, ...rules];
      return { ...rules, beforeFiles: [...own, ...(rules.beforeFiles ?? [])] };
    },
  });
  // A configuration may be a function of the phase.
  if (typeof nextConfig != "function") return extend(nextConfig);
  return async (...given) => extend((await nextConfig(...given)) ?? {});
};
