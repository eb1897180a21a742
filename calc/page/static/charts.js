// The three pictures: BitOps by block, the bits of each layer, the memory while each layer runs.

import { element, exact, fill, numberOf, short } from "./dom.js";

/** @typedef {import("./network.js").Row} Row @typedef {import("./network.js").Bits} Bits */

const WIDTH = 900;

/** The colour of a width, as figures have it; that of others for one that has none. @param {Bits} bits */
export function colour(bits) {
  return `var(--bits-${/^\d+$/.test(String(bits)) ? bits : "other"}, var(--bits-other))`;
}

/**
 * Bars of ``column`` by block, the largest as long as the picture.
 * @param {Element} figure
 * @param {Row[]} blocks
 * @param {string} column
 */
export function bars(figure, blocks, column) {
  const shown = blocks.filter((row) => row.counts[column] > 0n);
  const most = Math.max(1, ...shown.map((row) => Number(row.counts[column])));
  const lines = shown.map((row) => {
    const share = `${((100 * Number(row.counts[column])) / most).toFixed(1)}%`;
    return element(
      "li", { title: `${row.name}: ${exact(row.counts[column])} at ${bitsInWords(row)}` },
      element("span", { class: "of" }, row.name),
      element("span", { class: "length" }, element("i", { style: { width: share, background: colour(row.bits[0]) } }), short(row.counts[column])),
    );
  });
  fill(figure, element("ol", { class: "bars" }, ...lines));
}

/**
 * Two strips, weights above activations: a cell for each layer with MACs, in the colour of its bits.
 * @param {Element} figure
 * @param {Row[]} rows
 */
export function strip(figure, rows) {
  const shown = rows.filter((row) => row.bits[1] !== null);
  const width = WIDTH / Math.max(1, shown.length);
  const gap = width > 4 ? 0.5 : 0;
  /** @type {Map<string, string[]>} */
  const cells = new Map();
  for (const side of [0, 1]) {
    shown.forEach((row, at) => {
      const shade = colour(row.bits[side]);
      if (!cells.has(shade)) cells.set(shade, []);
      cells.get(shade)?.push(`M${(at * width).toFixed(2)},${side * 26}h${(width - gap).toFixed(2)}v24h${(gap - width).toFixed(2)}z`);
    });
  }
  const paths = [...cells].map(([shade, of]) => element("path", { d: of.join(""), style: { fill: shade } }));
  const said = element("title");
  const svg = draw(figure, 52, "bits of weights, above, and of activations, below, by layer", [said, ...paths]);
  svg.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const box = svg.getBoundingClientRect();
    const row = shown[Math.floor(((event.clientX - box.left) / box.width) * shown.length)];
    said.textContent = row ? `${row.name}: ${bitsInWords(row)}` : "";
  });
}

/**
 * What each colour stands for, of the widths that are there; grey, of blocks whose layers differ.
 * @param {Element} figure
 * @param {Row[]} rows
 * @param {Row[]} blocks
 */
export function legend(figure, rows, blocks) {
  const widths = new Set(rows.flatMap((row) => row.bits).filter((bits) => bits !== null));
  const sorted = [...widths].sort((a, b) => Number(a) - Number(b));
  const item = (/** @type {Bits} */ bits, /** @type {string} */ text) => element("span", {}, element("i", { style: { background: colour(bits) } }), text);
  const items = sorted.map((bits) => item(bits, numberOf(Number(bits), "bit")));
  const mixed = blocks.some((block) => typeof block.bits[0] === "string");
  fill(figure, ...items, ...(mixed ? [item("mixed", "several widths in a block")] : []));
}

/** @param {Row} row */
function bitsInWords(row) {
  return row.bits[1] === null ? "no MACs" : `weights ${row.bits[0]}, activations ${row.bits[1]} bits`;
}

/**
 * The bytes alive while each layer runs, and the layer at the peak.
 * @param {Element} figure
 * @param {Row[]} rows
 */
export function memory(figure, rows) {
  const values = rows.map((row) => Number(row.counts.live_bytes));
  const most = values.reduce((a, b) => Math.max(a, b), 1);
  const peak = rows.reduce((found, row, at) => (row.counts.live_bytes > (rows[found]?.counts.live_bytes ?? 0n) ? at : found), -1);
  const width = WIDTH / Math.max(1, rows.length);
  const x = (/** @type {number} */ at) => (at * width).toFixed(2);
  const y = (/** @type {number} */ value) => (130 - (value / most) * 110).toFixed(2);
  const steps = values.map((value, at) => `L${x(at)},${y(value)}L${x(at + 1)},${y(value)}`).join("");
  const said = element("title");
  const parts = [said, element("path", { d: `M0,130${steps}L${WIDTH},130Z`, style: { fill: "var(--memory)" } })];
  let text = "nothing is kept";
  if (peak >= 0) {
    text = `peak: ${short(rows[peak].counts.live_bytes, "bytes")} while ${rows[peak].name} runs`;
    parts.push(element("rect", { x: x(peak), y: 20, width: Math.max(2, width), height: 110, style: { fill: "var(--peak)" } }));
  }
  const svg = draw(figure, 132, "memory of activations while each layer runs", parts);
  svg.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const box = svg.getBoundingClientRect();
    const row = rows[Math.floor(((event.clientX - box.left) / box.width) * rows.length)];
    said.textContent = row ? `${row.name}: ${exact(row.counts.live_bytes)} bytes` : "";
  });
  figure.prepend(element("figcaption", {}, text));
}

/** @param {Element} figure @param {number} height @param {string} label @param {Node[]} children */
function draw(figure, height, label, children) {
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label, preserveAspectRatio: "none", style: { height: `${height}px` } }, ...children);
  fill(figure, svg);
  return svg;
}
