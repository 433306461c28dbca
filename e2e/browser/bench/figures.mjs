// Figures, and the tables in which they are told.

/** The value below which this share of all lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];
}

/** The one in the middle. */
export function median(values) {
  return quantile(values, 0.5);
}

/** Bytes as whole KiB. */
export function kib(bytes) {
  return shown(bytes / 1024, 0);
}

/** A number with so many digits; a dash where there is none. */
export function shown(value, digits = 1) {
  return value === undefined ? "–" : value.toFixed(digits);
}

/** Prints a table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  console.log([line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line), ""].join("\n"));
}
