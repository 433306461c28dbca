// Writes `world.txt`, the countries of the world as paths of SVG: `node project.mjs PACKAGES RESULT`, by `cargo xtask lists`.
//
// | from npm | what |
// |---|---|
// | `world-atlas` (ISC; its data is Natural Earth's, in the public domain) | borders, 1 : 110 million, and at 1 : 50 million where the small ones are |
// | `d3-geo`, `topojson-client` (ISC) | the Equal Earth projection |
// | `i18n-iso-countries` (MIT) | two letters for a number of ISO 3166-1 |
//
// A line is a code, a tab, and a path in whole units on a drawing of WIDTH × HEIGHT, with relative coordinates: a third of the
// bytes of absolute ones with a decimal. A country too small for a shape is a point: a path without length, to be drawn with round ends.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const WIDTH = 960;
const HEIGHT = 467;

/** Turned so that the drawing is cut in the Bering Strait, where there is nobody. */
const MERIDIAN = 11;

/** Nobody lives there, and it would take a sixth of the drawing. */
const LEFT_OUT = new Set(["AQ"]);

/** Places that Natural Earth has without a number: those with a code of their own, and those that are counted with another's. */
const BY_NAME = { Kosovo: "XK", Somaliland: "SO", "N. Cyprus": "CY" };

/** Places with a code that Natural Earth draws as a part of their state: longitude and latitude. */
const POINTS = {
  BQ: [-68.3, 12.2], GF: [-53, 4], GI: [-5.35, 36.14], GP: [-61.5, 16.2], MQ: [-61, 14.65], RE: [55.5, -21.1], SJ: [16, 78.6],
  TK: [-171.8, -9.2], YT: [45.15, -12.8],
};

/** In the midst of the Pacific, beyond what the drawing ends with; its point stands at the edge. */
const BEYOND = new Set(["FJ"]);

/** How far points stay away from the edges, in units. */
const EDGE = 6;

/** Rings below so many square units are not seen. */
const RING_MIN = 2;

const [packages, result] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${packages}/`));
const { geoCentroid, geoEqualEarth, geoPath } = await import(pathToFileURL(require.resolve("d3-geo")).href);
const { feature } = require("topojson-client");
const codes = new Map(require("i18n-iso-countries/codes.json").map(([two, , number]) => [number, two]));

const countries = (file) => {
  const atlas = JSON.parse(readFileSync(require.resolve(`world-atlas/${file}`), "utf8"));
  const named = feature(atlas, atlas.objects.countries).features.map((country) => ({
    ...country,
    code: codes.get(country.id) ?? BY_NAME[country.properties.name],
  }));
  return named.filter(({ code }) => code && !LEFT_OUT.has(code));
};
const large = countries("countries-110m.json");
const all = { type: "FeatureCollection", features: large.filter(({ code }) => !BEYOND.has(code)) };
const projection = geoEqualEarth().rotate([-MERIDIAN, 0]).fitWidth(WIDTH, all);
const [[, top], [, bottom]] = geoPath(projection).bounds(all);
const [x, y] = projection.translate();
projection.translate([x, y - top]);
if (Math.round(bottom - top) !== HEIGHT) throw new Error(`the drawing is ${bottom - top} high, not ${HEIGHT}`);

const drawn = geoPath(projection).digits(2);
const lines = new Map();
for (const country of all.features) {
  const shape = relative(drawn(country));
  if (shape) lines.set(country.code, (lines.get(country.code) ?? "") + shape);
}
for (const { code, ...country } of countries("countries-50m.json")) {
  if (!lines.has(code)) lines.set(code, point(geoCentroid(country)));
}
for (const [code, place] of Object.entries(POINTS)) {
  if (!lines.has(code)) lines.set(code, point(place));
}
const sorted = [...lines].sort(([one], [other]) => (one < other ? -1 : 1));
writeFileSync(result, sorted.map(([code, shape]) => `${code}\t${shape}\n`).join(""));
console.log(`map: ${lines.size} places, ${[...lines.values()].filter((shape) => shape.endsWith("h0")).length} of them points`);

/** Where a place is, as a path without length. */
function point(place) {
  const within = (value, end) => Math.min(Math.max(Math.round(value), EDGE), end - EDGE);
  const [x, y] = projection(place);
  const [left, top] = [within(x, WIDTH), within(y, HEIGHT)];
  return `M${left} ${top}h0`;
}

/** A path in whole units, each point by its distance from the last. */
function relative(path) {
  let result = "";
  for (const ring of path?.split("Z") ?? []) {
    const points = ring.slice(1).split("L").map((pair) => pair.split(",").map(Math.round)).filter((pair) => pair.length === 2);
    const corners = points.filter(([x, y], at) => at === 0 || x !== points[at - 1][0] || y !== points[at - 1][1]);
    if (corners.length < 3 || area(corners) < RING_MIN) continue;
    const [[x, y], ...others] = corners;
    let [fromX, fromY] = [x, y];
    result += `M${x} ${y}l`;
    const steps = others.map(([toX, toY]) => {
      const step = `${toX - fromX} ${toY - fromY}`;
      [fromX, fromY] = [toX, toY];
      return step;
    });
    // A minus sign separates as well as a space does.
    result += `${steps.join(" ").replaceAll(" -", "-")}z`;
  }
  return result;
}

function area(corners) {
  const parts = corners.map(([x, y], at) => {
    const [nextX, nextY] = corners[(at + 1) % corners.length];
    return x * nextY - nextX * y;
  });
  return Math.abs(parts.reduce((sum, part) => sum + part, 0)) / 2;
}
