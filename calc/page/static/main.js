// The page: its controls, and what they show. One that stands alone has its network in it; an editor gives it others.

import { bars, memory, strip } from "./charts.js";
import { element, exact, fill, short } from "./dom.js";
import { Network, byBlock, uniformBits } from "./network.js";
import { fromFragment, isWidth, toFragment } from "./state.js";
import { RowsInView, columnsOf, csv, shownRows } from "./table.js";

const at = (id) => document.getElementById(id);
const isPolicy = (text) => page.policies.includes(text) || (page.free && uniformBits(text) !== null);
let page, network, state;
/** What stands in for the network until its programs are there, and who is told that something else is chosen. */
let preview = null;
let shown = { rows: [], columns: [] };
const table = new RowsInView(
  at("rows"),
  (name) => change({ sort: state.sort === name ? "" : name }),
  (row, bits) => chooseBits([row], bits),
);

/** Take over what is different, and show it. */
function change(different) {
  state = { ...state, ...different };
  preview?.changed();
  show();
}

/** Show the network of ``data`` at what ``fragment`` says is chosen, or at what was, as far as it offers that. */
export function open(data, fragment = toFragment(page, state)) {
  preview = null;
  take(data, fragment);
  show();
}

/** Show what ``data`` counts in place of the network, under the same controls; ``changed`` is called when they move. */
export function openPreview(data, changed) {
  preview = { found: new Network(data).first(), changed };
  if (page === undefined) take(data, "");
  else page = { ...page, columns: data.columns, totals: data.totals };
  show();
}

function take(data, fragment) {
  const first = page === undefined;
  page = data;
  network = new Network(page);
  state = fromFragment(page, fragment, isPolicy);
  build();
  if (first) listen();
}

/** What is chosen: the labels of the controls that were moved, by their names, and the rest of the state. */
export function chosen() {
  const moved = page.controls.filter((control, index) => state.choices[index] !== control.start);
  const labels = moved.map((control) => [control.name, control.choices[state.choices[page.controls.indexOf(control)]].label]);
  return { controls: Object.fromEntries(labels), bits: state.policy, layers: Object.fromEntries(state.bits), deployed: state.deployed };
}

function chooseBits(rows, bits) {
  if (!bits.every(isWidth)) return say("bits must be whole numbers from 1 to 32");
  const all = new Map(state.bits);
  for (const row of rows) if (row.bits[1] !== null) all.set(row.name, row.quantised ? bits : [bits[1], bits[1]]);
  change({ bits: all });
}

function say(text) {
  at("said").textContent = text;
}

function show() {
  const found = preview ? preview.found : network.at(state);
  history.replaceState(null, "", `#${toFragment(page, state)}`);
  controls();
  const refused = "refused" in found;
  document.body.classList.toggle("refused", refused);
  say(refused ? found.refused : "");
  if (refused) return;
  const free = uniformBits(state.policy) !== null || network.isSetting(state.policy);
  const rows = found.rows.map((row) => ({ ...row, free }));
  const blocks = byBlock(rows, page.columns);
  const pinned = state.pinned && network.at(state.pinned);
  showTotals(found.totals, pinned && !("refused" in pinned) ? pinned.totals : null);
  bars(at("bars"), blocks, state.convention, "");
  strip(at("strip"), rows);
  memory(at("memory"), rows);
  const columns = columnsOf(page, state);
  shown = { rows: shownRows(state.blocks ? blocks : rows, columns, state), columns };
  at("count").textContent = `${exact(shown.rows.length)} of ${exact((state.blocks ? blocks : rows).length)} rows`;
  table.show(shown.rows, columns, state);
}

function showTotals(totals, before) {
  const rows = page.totals
    .filter((total) => !total.name.startsWith("bitops.") || total.name === state.convention)
    .map(({ name, title, unit }) => {
      const value = totals[name];
      const cells = [
        element("th", { scope: "row", title: name }, title),
        element("td", { class: "number", "data-total": name }, exact(value)),
        element("td", {}, unit),
        element("td", { class: "number" }, short(value, unit)),
      ];
      if (before) cells.push(element("td", { class: "number" }, difference(value, before[name])));
      return element("tr", {}, ...cells);
    });
  fill(at("totals"), ...rows);
}

/** How far ``value`` is from what is pinned. */
function difference(value, before) {
  const more = value - before;
  const sign = more > 0n ? "+" : "";
  const percent = before ? ` (${sign}${((Number(more) / Number(before)) * 100).toFixed(1)} %)` : "";
  return more ? `${sign}${exact(more)}${percent}` : "as pinned";
}

/** Let the controls say what the state is. */
function controls() {
  page.controls.forEach((control, index) => {
    const slider = at(`control-${index}`);
    slider.value = String(state.choices[index]);
    const label = control.choices[state.choices[index]].label;
    slider.setAttribute("aria-valuetext", label);
    at(`value-${index}`).textContent = label;
  });
  const bits = uniformBits(state.policy);
  at("policy").value = page.policies.includes(state.policy) ? state.policy : "";
  if (bits) [at("weights").value, at("activations").value] = bits.map(String);
  at("deployed").checked = state.deployed;
  at("convention").value = state.convention;
  at("by").value = state.blocks ? "blocks" : "layers";
  at("find").value = state.find;
  at("reset").disabled = state.bits.size === 0;
  at("changed").textContent = state.bits.size ? `${state.bits.size} layers have bits of their own` : "";
  at("unpin").disabled = state.pinned === null;
  for (const box of document.querySelectorAll("[data-column]")) box.checked = !state.hidden.includes(box.dataset.column);
}

function build() {
  const sliders = page.controls.map((control, index) =>
    element(
      "label", {}, control.name, " ",
      element("output", { id: `value-${index}` }),
      element("input", {
        id: `control-${index}`, type: "range", min: 0, max: control.choices.length - 1, step: 1,
        input: (event) => change({ choices: state.choices.map((old, i) => (i === index ? Number(event.target.value) : old)) }),
      }),
    ),
  );
  fill(at("sliders"), ...sliders);
  const options = (names, titles = {}) => names.map((name) => element("option", { value: name }, titles[name] ?? name));
  fill(at("policy"), element("option", { value: "" }, "as below"), ...options(page.policies));
  fill(at("convention"), ...options(page.conventions, Object.fromEntries(page.totals.map((total) => [total.name, total.title]))));
  fill(at("columns"), ...columnsOf(page, state).map((column) =>
    element("label", {}, element("input", { type: "checkbox", "data-column": column.name, change: hide }), column.title)));
  at("deployed").closest("label").hidden = !page.deployed;
  for (const id of ["weights", "activations"]) at(id).closest("label").hidden = !page.free;
  for (const id of ["apply", "reset"]) at(id).hidden = !page.free;
}

function listen() {
  at("policy").addEventListener("change", (event) => event.target.value && change({ policy: event.target.value, bits: new Map() }));
  for (const side of ["weights", "activations"]) at(side).addEventListener("change", typed);
  at("convention").addEventListener("change", (event) => change({ convention: event.target.value }));
  at("deployed").addEventListener("change", (event) => change({ deployed: event.target.checked, bits: new Map() }));
  at("by").addEventListener("change", (event) => change({ blocks: event.target.value === "blocks" }));
  at("find").addEventListener("input", (event) => change({ find: event.target.value }));
  at("reset").addEventListener("click", () => change({ bits: new Map() }));
  at("pin").addEventListener("click", () => change({ pinned: { ...state, pinned: null } }));
  at("unpin").addEventListener("click", () => change({ pinned: null }));
  at("apply").addEventListener("click", () => {
    const found = network.at(state);
    const names = new Set(shown.rows.map((row) => row.name));
    const rows = "rows" in found ? found.rows.filter((row) => names.has(state.blocks ? row.block : row.name)) : [];
    chooseBits(rows, [Number(at("weights").value), Number(at("activations").value)]);
  });
  at("copy").addEventListener("click", async () => {
    const seen = shown.columns.filter((column) => !state.hidden.includes(column.name));
    await navigator.clipboard.writeText(csv(shown.rows, seen));
    say("copied");
  });
  window.addEventListener("hashchange", () => {
    state = fromFragment(page, location.hash.slice(1), isPolicy);
    show();
  });
}

function typed() {
  const bits = [Number(at("weights").value), Number(at("activations").value)];
  if (!bits.every(isWidth)) return say("bits must be whole numbers from 1 to 32");
  change({ policy: bits[0] === bits[1] ? String(bits[0]) : `w${bits[0]}a${bits[1]}`, bits: new Map() });
}

function hide(event) {
  const name = event.target.dataset.column;
  change({ hidden: event.target.checked ? state.hidden.filter((each) => each !== name) : [...state.hidden, name] });
}

const own = at("network").textContent;
if (own) open(JSON.parse(own), location.hash.slice(1));
