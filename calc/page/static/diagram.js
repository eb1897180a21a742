// The network as boxes in order: a block each, those that are alike and follow one another as one with ×N; they open.

import { colour } from "./charts.js";
import { element, fill, short } from "./dom.js";

/** @typedef {import("./network.js").Row} Row */

/**
 * @typedef {object} Group blocks that are alike and follow one another
 * @property {Row[]} blocks
 * @property {Row[]} layers those of the first
 * @property {string[]} from blocks and inputs that the first reads, but for the block before it
 */

/** The names of groups that are open; what is shown anew stays as it was. @type {Set<string>} */
const opened = new Set();

/**
 * @param {Element} figure
 * @param {Row[]} rows
 * @param {Row[]} blocks
 * @param {string} column the BitOps that are shown
 */
export function diagram(figure, rows, blocks, column) {
  const most = Math.max(1, ...blocks.map((block) => Number(block.counts[column])));
  fill(figure, ...groupsOf(rows, blocks).map((group) => box(group, column, most)));
}

/** @param {Row[]} rows @param {Row[]} blocks @returns {Group[]} */
export function groupsOf(rows, blocks) {
  /** @type {Map<string, number[]>} */
  const within = new Map();
  rows.forEach((row, at) => {
    const own = within.get(row.block);
    if (own) own.push(at);
    else within.set(row.block, [at]);
  });
  /** @type {Group[]} */
  const found = [];
  let before = "";
  blocks.forEach((block, number) => {
    const own = within.get(block.block) ?? [];
    const from = sourcesOf(own, rows).filter((name) => name !== blocks[number - 1]?.block && (number > 0 || name !== INPUT));
    const key = `${own.map((at) => alike(rows[at], at)).join(";")} ${from.join()}`;
    if (key === before) found[found.length - 1].blocks.push(block);
    else found.push({ blocks: [block], layers: own.map((at) => rows[at]), from });
    before = key;
  });
  return found;
}

const INPUT = "input";

/** What two layers must share to be alike: all that is shown of them but names; of what they read, how far back it is. @param {Row} row @param {number} at */
function alike(row, at) {
  const { op, kind, inChannels, outChannels, kernel, stride, groups, shape, bits, counts } = row;
  return [op, kind, inChannels, outChannels, kernel, stride, groups, shape, bits, counts.params, counts.macs, row.inputs.map((read) => at - read)].join();
}

/** The blocks outside from which these layers read, each once. @param {number[]} layers @param {Row[]} rows */
function sourcesOf(layers, rows) {
  const own = new Set(layers);
  const outside = layers.flatMap((at) => rows[at].inputs).filter((read) => !own.has(read));
  return [...new Set(outside.map((read) => (read < 0 ? INPUT : rows[read].block)))];
}

/** @param {Group} group @param {string} column @param {number} most */
function box({ blocks, layers, from }, column, most) {
  const [first] = blocks;
  const name = blocks.length > 1 ? `${first.name} … ${blocks[blocks.length - 1].name}` : first.name;
  const share = `${((100 * Number(first.counts[column])) / most).toFixed(0)}%`;
  const told = [
    element("b", {}, name),
    ...(blocks.length > 1 ? [element("span", { class: "times" }, `×${blocks.length}`)] : []),
    element("span", { class: "what" }, `${first.layers > 1 ? first.kind : layers[0].kind} → ${first.shape.join("×")}`),
    ...(from.length ? [element("span", { class: "from" }, `also reads ${from.join(", ")}`)] : []),
    element("span", { class: "bar", style: { "--share": share, "--bits": colour(first.bits[0]) } }),
    element("span", { class: "what" }, `${short(first.counts.params)} params, ${short(first.counts.macs)} MACs${blocks.length > 1 ? " each" : ""}`),
  ];
  if (layers.length === 1 && blocks.length === 1) return element("li", { class: "box" }, ...told);
  const inner = element("ol", {});
  const show = () => fill(inner, ...layers.map((layer) => line(layer, first.name)));
  const made = element("details", { open: opened.has(first.name) }, element("summary", {}, ...told), inner);
  if (made.open) show();
  made.addEventListener("toggle", () => {
    if (made.open === opened.has(first.name)) return;
    if (made.open) opened.add(first.name);
    else opened.delete(first.name);
    show();
  });
  return element("li", { class: "box" }, made);
}

/** @param {Row} layer @param {string} block */
function line(layer, block) {
  const kernel = layer.kernel.length ? ` ${layer.kernel.join("×")}` : "";
  const bits = layer.bits[1] === null ? "" : `, ${layer.bits.join("/")} bits`;
  const name = layer.name.startsWith(`${block}.`) ? layer.name.slice(block.length + 1) : layer.name;
  return element("li", { style: { "--bits": layer.bits[1] === null ? "transparent" : colour(layer.bits[0]) } }, element("b", {}, name), ` ${layer.kind}${kernel} → ${layer.shape.join("×")}${bits}`);
}
