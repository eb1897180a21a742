// The three pictures: BitOps by block, the bits of each layer, the memory while each layer runs.

import { element, fill, short } from "./dom.js";

const WIDTH = 900;
/** Those of plots, by the bits of weights: Okabe and Ito's, which people with any colour vision tell apart. */
const COLOURS = { 1: "#CC79A7", 2: "#D55E00", 3: "#F0E442", 4: "#E69F00", 8: "#009E73", 16: "#56B4E9", 32: "#0072B2" };

/** The colour of a width, grey for one without. @param {number | string | null} bits */
export function colour(bits) {
  return COLOURS[bits] ?? "#888888";
}

/** Bars of ``column`` by block, the largest as long as the picture. */
export function bars(figure, blocks, column, unit) {
  const shown = blocks.filter((row) => row.counts[column] > 0n);
  const most = shown.reduce((a, row) => (row.counts[column] > a ? row.counts[column] : a), 1n);
  const height = 18;
  const lines = shown.map((row, at) => {
    const length = Math.max(1, (Number(row.counts[column]) / Number(most)) * 560);
    const said = `${row.name}: ${short(row.counts[column], unit)}`;
    return element(
      "g", {},
      element("title", {}, said),
      element("text", { x: 230, y: at * height + 13, "text-anchor": "end", class: "label" }, cut(row.name)),
      element("rect", { x: 238, y: at * height + 3, width: length, height: height - 5, fill: colour(row.bits[0]) }),
      element("text", { x: 244 + length, y: at * height + 13, class: "label" }, short(row.counts[column], unit)),
    );
  });
  draw(figure, Math.max(1, shown.length) * height, `${column} by block`, lines);
}

/** Two strips, weights above activations: a cell for each layer with MACs, in the colour of its bits. */
export function strip(figure, rows) {
  const shown = rows.filter((row) => row.bits[1] !== null);
  const width = WIDTH / Math.max(1, shown.length);
  const cells = shown.flatMap((row, at) =>
    row.bits.map((bits, side) =>
      element(
        "rect",
        { x: at * width, y: side * 26, width: Math.max(0.5, width - 0.5), height: 24, fill: colour(bits) },
        element("title", {}, `${row.name}: weights ${row.bits[0]}, activations ${row.bits[1]} bits`),
      ),
    ),
  );
  draw(figure, 52, "bits of weights, above, and of activations, below, by layer", cells);
}

/** The bytes alive while each layer runs, and the layer at the peak. */
export function memory(figure, rows) {
  const values = rows.map((row) => Number(row.counts.live_bytes));
  const most = Math.max(1, ...values);
  const peak = values.indexOf(most);
  const width = WIDTH / Math.max(1, rows.length);
  const y = (value) => 130 - (value / most) * 110;
  const steps = values.map((value, at) => `L${at * width},${y(value)} L${(at + 1) * width},${y(value)}`).join(" ");
  const side = peak * width > WIDTH / 2 ? "end" : "start";
  const parts = [element("path", { d: `M0,130 ${steps} L${WIDTH},130 Z`, fill: "#56B4E9" })];
  if (peak >= 0) {
    const said = `${rows[peak].name}, ${short(rows[peak].counts.live_bytes, "bytes")}`;
    parts.push(
      element("rect", { x: peak * width, y: y(most), width: Math.max(2, width), height: 110, fill: "#D55E00" }),
      element("text", { x: peak * width, y: 14, "text-anchor": side, class: "label" }, said),
    );
  }
  draw(figure, 132, "memory of activations while each layer runs", parts);
}

function draw(figure, height, label, children) {
  const box = { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label };
  fill(figure, element("svg", box, ...children));
}

function cut(name) {
  return name.length > 34 ? `…${name.slice(-33)}` : name;
}
