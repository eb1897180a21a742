// The page: what is chosen, and what it shows. One that stands alone has its network in it; an editor gives it others.

import { bars, legend, memory, strip } from "./charts.js";
import { build, columnBoxes, reflect, typedBits } from "./controls.js";
import { diagram } from "./diagram.js";
import { at, element, exact, fill, numberOf, short } from "./dom.js";
import { Network, byBlock, uniformBits } from "./network.js";
import { columnsAt, fromFragment, isWidth, moved, toFragment } from "./state.js";
import { RowsInView, columnsOf, csv, shownRows, sortedNext } from "./table.js";

/**
 * @typedef {import("./network.js").Page} Page
 * @typedef {import("./network.js").Value} Value
 * @typedef {import("./state.js").State} State
 * @typedef {import("./table.js").Row} Row
 */

const WIDTHS = "bits must be whole numbers from 1 to 32, so they stay as they are";
const isPolicy = (/** @type {string} */ text) => page.policies.includes(text) || (page.free && uniformBits(text) !== null);
/** @type {Page} */
let page;
/** @type {Network} */
let network;
/** @type {State} */
let state;
/** The bits of single layers that count in what is shown. @type {Map<string, number[]>} */
let counting = new Map();
/**
 * What stands in for the network until its programs are there, and who is told that something else is chosen.
 * @type {{found: import("./network.js").Counted, changed: () => void} | null}
 */
let preview = null;
/** What was pinned: in an editor a network of before, or what was shown of one. @type {Network | import("./network.js").Counted | null} */
let pinnedIn = null;
/** @type {{rows: Row[], columns: import("./table.js").Column[]}} */
let shown = { rows: [], columns: [] };
const table = new RowsInView(
  at("rows"),
  (key) => change(sortedNext(state, key)),
  (row, bits) => chooseBits([row], bits),
);

/** Take over what is different, and show it. @param {Partial<State>} different */
function change(different) {
  state = { ...state, ...different };
  preview?.changed();
  show();
}

/**
 * Show the network of ``data`` at what ``fragment`` says is chosen, or at what was, as far as it offers that: a control
 * that was not moved stands where the network itself does.
 * @param {Page} data
 * @param {string} fragment
 */
export function open(data, fragment = toFragment(page, state, false)) {
  preview = null;
  take(data, fragment);
  show();
}

/**
 * Show what ``data`` counts in place of the network, under the same controls; ``changed`` is called when they move.
 * @param {Page} data
 * @param {() => void} changed
 */
export function openPreview(data, changed) {
  preview = { found: new Network(data).first(), changed };
  if (page === undefined) take(data, "");
  else page = { ...page, columns: data.columns, totals: data.totals };
  show();
}

/** @param {Page} data @param {string} fragment */
function take(data, fragment) {
  const first = page === undefined;
  page = data;
  network = new Network(page);
  state = fromFragment(page, fragment, isPolicy);
  build(page, (index, choice) => change({ choices: state.choices.map((old, i) => (i === index ? choice : old)) }));
  if (first) listen();
}

/** What is chosen: the labels of the controls that were moved, by their names, and the rest of the state. */
export function chosen() {
  const { policy, kv, deployed, counter } = state;
  return { controls: Object.fromEntries(moved(page, state)), bits: policy, layers: Object.fromEntries(counting), kv, deployed, counter };
}

/** The whole state as the end of an address; what is pinned only where it is of this network. */
export function fragmentNow() {
  return toFragment(page, { ...state, bits: counting, pinned: pinnedIn && pinnedIn !== network ? null : state.pinned });
}

/** @param {Row[]} rows @param {number[]} bits */
function chooseBits(rows, bits) {
  if (!bits.every(isWidth)) {
    table.draw();
    return say(WIDTHS);
  }
  const all = new Map(state.bits);
  for (const row of rows) if (row.bits[1] !== null) all.set(row.name, row.quantised ? bits : [bits[1], bits[1]]);
  change({ bits: all });
}

/** @param {string} text */
function say(text) {
  at("said").textContent = text;
}

function show() {
  const wanted = columnsAt(page, state);
  const found = preview ? preview.found : network.at(state, wanted);
  const refused = "refused" in found;
  counting = refused ? state.bits : network.countingBits(state, found.rows);
  link();
  const free = network.isFree(state.policy);
  reflect(page, { ...state, bits: counting }, free);
  document.body.classList.toggle("refused", refused);
  say(refused ? found.refused : "");
  if (refused) return;
  const rows = /** @type {Row[]} */ (found.rows);
  for (const row of rows) row.free = free;
  const blocks = /** @type {Row[]} */ (byBlock(rows, wanted));
  const pinned = state.pinned && atPinned(state.pinned, wanted);
  showTotals(found.totals, pinned && !("refused" in pinned) ? pinned.totals : null);
  diagram(at("diagram"), rows, blocks, state.convention);
  bars(at("bars"), blocks, state.convention);
  strip(at("strip"), rows);
  legend(at("legend"), rows, blocks);
  memory(at("memory"), rows);
  const columns = columnsOf(page, state);
  columnBoxes(page, state, (key, wants) => change({ hidden: wants ? state.hidden.filter((each) => each !== key) : [...state.hidden, key] }));
  shown = { rows: shownRows(state.blocks ? blocks : rows, columns, state), columns };
  at("count").textContent = `${exact(shown.rows.length)} of ${numberOf((state.blocks ? blocks : rows).length, "row")}`;
  table.show(shown.rows, columns, state);
}

let pending = 0;

/** Let the address say what is chosen, once it rests: browsers take no hundred changes a second. */
function link() {
  clearTimeout(pending);
  pending = window.setTimeout(linkNow, 100);
}

function linkNow() {
  if (preview && !page.controls.length) return; // they are still to come, and with them what the address says of them
  clearTimeout(pending);
  history.replaceState(null, "", `#${toFragment(page, { ...state, bits: counting })}`);
}

/** @param {Object<string, Value>} totals @param {Object<string, Value> | null} before */
function showTotals(totals, before) {
  const columns = new Set(columnsAt(page, state).map((column) => column.name));
  const wanted = page.totals.filter(({ name, of }) => columns.has(of) && name in totals && !printsTheSame(name, totals));
  const rows = wanted.map(({ name, title, unit, meaning }) => {
    const value = totals[name];
    const cells = [
      element("th", { scope: "row", title: meaning }, title),
      element("td", { class: "number", "data-total": name }, exact(value)),
      element("td", { class: "unit" }, unit),
      element("td", { class: "number short" }, short(value, unit)),
    ];
    if (before && name in before) cells.push(element("td", { class: "number change" }, difference(value, before[name])));
    cells.push(element("td", { class: "meaning" }, meaning.split(/\.(?: |$)/)[0])); // the first sentence; whoever points at the title sees all
    return element("tr", {}, ...cells);
  });
  fill(at("totals"), ...rows);
}

/** Whether it is what a tool prints, and that is what it counts. @param {string} name @param {Object<string, Value>} totals */
function printsTheSame(name, totals) {
  return name.startsWith("printed.") && totals[name] === totals[name.replace("printed.", "counted.")];
}

/** How far ``value`` is from what is pinned. @param {any} value @param {any} before */
function difference(value, before) {
  const more = value - before;
  const sign = more > 0 ? "+" : "";
  const percent = Number(before) ? ` (${sign}${((Number(more) / Number(before)) * 100).toFixed(1)} %)` : "";
  return more ? `${sign}${exact(more)}${percent}` : "as pinned";
}

function listen() {
  const on = (/** @type {string} */ id, /** @type {string} */ event, /** @type {(target: any) => void} */ act) =>
    at(id).addEventListener(event, (/** @type {Event} */ found) => act(found.target));
  on("policy", "change", ({ value }) => (value ? change({ policy: value, bits: new Map() }) : typed()));
  for (const side of ["weights", "activations"]) on(side, "change", typed);
  on("kv", "change", ({ value }) => change({ kv: value }));
  on("convention", "change", ({ value }) => change({ convention: value }));
  on("counter", "change", ({ value }) => change({ counter: value }));
  on("deployed", "change", ({ checked }) => change({ deployed: checked, bits: new Map() }));
  on("by", "change", ({ value }) => change({ blocks: value === "blocks" }));
  on("find", "input", ({ value }) => change({ find: value }));
  on("reset", "click", () => change({ bits: new Map() }));
  on("pin", "click", () => pin(true));
  on("unpin", "click", () => pin(false));
  on("apply", "click", apply);
  on("copy", "click", copy);
  window.addEventListener("hashchange", () => {
    state = fromFragment(page, location.hash.slice(1), isPolicy);
    pinnedIn = null;
    show();
  });
  window.addEventListener("pagehide", linkNow);
  window.addEventListener("beforeprint", () => table.showWhole(true));
  window.addEventListener("afterprint", () => table.showWhole(false));
}

/** What is pinned, of the columns that are wanted. @param {State} chosen @param {import("./network.js").Column[]} wanted */
function atPinned(chosen, wanted) {
  if (pinnedIn && "totals" in pinnedIn) return pinnedIn;
  const held = pinnedIn ?? network;
  const names = new Set(wanted.map((column) => column.name));
  return held.at(chosen, held.page.columns.filter((column) => names.has(column.name)));
}

/** @param {boolean} is */
function pin(is) {
  pinnedIn = is ? (preview?.found ?? network) : null;
  change({ pinned: is ? { ...state, bits: counting, pinned: null } : null });
}

/** Give the rows that are shown the bits that are typed. */
function apply() {
  const bits = typedBits("rows-");
  if (!bits) return say(WIDTHS);
  const found = network.at(state);
  const names = new Set(shown.rows.map((row) => row.name));
  const rows = "rows" in found ? found.rows.filter((row) => names.has(state.blocks ? row.block : row.name)) : [];
  chooseBits(/** @type {Row[]} */ (rows), bits);
}

async function copy() {
  const seen = shown.columns.filter((column) => !state.hidden.includes(column.key));
  try {
    await navigator.clipboard.writeText(csv(shown.rows, seen));
    say("copied");
  } catch {
    say("this browser lets no page copy; the table can be selected");
  }
}

function typed() {
  const bits = typedBits();
  if (!bits) {
    for (const side of ["weights", "activations"]) at(side).value = "";
    show(); // with the bits that count
    return say(WIDTHS);
  }
  change({ policy: bits[0] === bits[1] ? String(bits[0]) : `w${bits[0]}a${bits[1]}`, bits: new Map() });
}

const own = at("network").textContent;
if (own) {
  const data = JSON.parse(own);
  open(data, location.hash.slice(1) || data.opens);
}
