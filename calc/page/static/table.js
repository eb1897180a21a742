// The table of layers or blocks: only the rows that are seen are in the document.

import { colour } from "./charts.js";
import { element, exact, fill } from "./dom.js";
import { columnsAt, keyOfColumn } from "./state.js";

/**
 * @typedef {import("./network.js").Row & {free: boolean}} Row
 * @typedef {import("./network.js").Page} Page
 * @typedef {import("./state.js").State} State
 * @typedef {{line: any, cells: any[], texts: string[]}} Line
 * @typedef {object} Column
 * @property {string} name
 * @property {string} key its name without the convention that it is under
 * @property {string} title
 * @property {(row: Row) => import("./network.js").Value | string} of what a row has for it
 * @property {boolean} [number] whether that is a number
 */

const HEIGHT = 28;
const SPARE = 6;

/** @param {Page} page @param {State} state @returns {Column[]} */
export function columnsOf(page, state) {
  const text = (/** @type {any[]} */ list) => (new Set(list).size === 1 ? [list[0]] : list).join("×");
  /** @type {Omit<Column, "key">[]} */
  const fixed = [
    { name: "name", title: "Layer", of: (row) => row.name },
    { name: "kind", title: "Kind", of: (row) => row.kind },
    { name: "in", title: "In ch", of: (row) => row.inChannels ?? "", number: true },
    { name: "out", title: "Out ch", of: (row) => row.outChannels ?? "", number: true },
    { name: "kernel", title: "Kernel", of: (row) => row.kernel.join("×"), number: true },
    { name: "stride", title: "Stride", of: (row) => text(row.stride), number: true },
    { name: "groups", title: "Groups", of: (row) => row.groups ?? "", number: true },
    { name: "shape", title: "Output", of: (row) => row.shape.join("×"), number: true },
    { name: "bits", title: "W/A", of: (row) => (row.bits[1] === null ? "" : row.bits.join("/")), number: true },
  ];
  const counted = columnsAt(page, state).map((column) => ({
    ...column, of: (/** @type {Row} */ row) => row.counts[column.name], number: true,
  }));
  return [...fixed, ...counted].map((column) => ({ ...column, key: keyOfColumn(column.name) }));
}

/** What is sorted by after the head of a column is pressed: first its usual way, then the other, then nothing. @param {State} state @param {string} key */
export function sortedNext({ sort, reversed }, key) {
  if (sort !== key) return { sort: key, reversed: false };
  return reversed ? { sort: "", reversed: false } : { sort, reversed: true };
}

/** The rows as they are sorted and found. @param {Row[]} rows @param {Column[]} columns @param {State} state */
export function shownRows(rows, columns, state) {
  const wanted = state.find.toLowerCase();
  const found = rows.filter((row) => row.name.toLowerCase().includes(wanted) || row.kind.toLowerCase().includes(wanted));
  const column = columns.find((each) => each.key === state.sort);
  if (!column) return found;
  const order = isText(column, found) ? compareTexts : (/** @type {any} */ a, /** @type {any} */ b) => (a > b ? -1 : a < b ? 1 : 0);
  const way = state.reversed ? -1 : 1;
  const keyed = found.map((row) => /** @type {const} */ ([column.of(row), row]));
  return keyed.sort(([a], [b]) => way * order(a, b)).map(([, row]) => row);
}

/** Whether it is sorted as text. @param {Column} column @param {Row[]} rows */
function isText(column, rows) {
  return rows.length > 0 && typeof column.of(rows[0]) === "string";
}

/** @param {any} a @param {any} b */
function compareTexts(a, b) {
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/**
 * The table as text with commas between, integers without them. What a spreadsheet would take for a formula is text.
 * @param {Row[]} rows
 * @param {Column[]} columns
 */
export function csv(rows, columns) {
  const quoted = (/** @type {any} */ value) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map((column) => quoted(column.of(row))).join(","));
  return [columns.map((column) => column.name).join(","), ...lines].join("\n") + "\n";
}

export class RowsInView {
  /**
   * @param {HTMLElement} box what scrolls
   * @param {(key: string) => void} sort called for the key of a column
   * @param {(row: Row, bits: number[]) => void} choose called for new bits of a layer
   */
  constructor(box, sort, choose) {
    this.box = box;
    this.sort = sort;
    this.choose = choose;
    this.head = element("thead");
    this.body = element("tbody");
    this.table = element("table", {}, element("caption", { class: "hidden" }, "Layers of the network and what each costs"), this.head, this.body);
    fill(box, this.table);
    box.addEventListener("scroll", () => this.first !== this.firstInView() && this.draw());
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Column[]} */
    this.columns = [];
    this.first = 0;
    this.whole = false;
    this.form = "";
    this.heads = "";
    /** @type {Line[]} */
    this.lines = [];
  }

  /** Show other rows. @param {Row[]} rows @param {Column[]} columns @param {State} state */
  show(rows, columns, state) {
    this.rows = rows;
    this.columns = columns.filter((column) => !state.hidden.includes(column.key));
    const asText = this.columns.some((column) => column.key === state.sort && isText(column, rows));
    const kind = asText !== state.reversed ? "ascending" : "descending";
    const heads = [state.sort, kind, ...this.columns.map((column) => column.title)].join(" ");
    if (heads !== this.heads) this.writeHead(state.sort, kind);
    this.heads = heads;
    this.table.setAttribute("aria-rowcount", String(rows.length + 1));
    this.draw();
  }

  /** @param {string} sort the key of the column that rows are sorted by @param {string} kind how */
  writeHead(sort, kind) {
    const focus = document.activeElement?.getAttribute("data-sort");
    const titles = this.columns.map(({ key, title, number }) => {
      const sorted = key === sort;
      const arrow = kind === "ascending" ? " ▴" : " ▾";
      const button = element("button", { type: "button", "data-sort": key, click: () => this.sort(key) }, title + (sorted ? arrow : ""));
      return element("th", { scope: "col", class: number ? "number" : "", "aria-sort": sorted ? kind : null }, button);
    });
    fill(this.head, element("tr", { "aria-rowindex": 1 }, ...titles));
    if (focus) this.head.querySelector(`[data-sort="${CSS.escape(focus)}"]`)?.focus();
  }

  /** All rows in the document, as a printer needs them, or those that are seen. @param {boolean} whole */
  showWhole(whole) {
    this.whole = whole;
    this.draw();
  }

  /** The first row that is in the document, some before those that are seen; in steps, so that most scrolling draws nothing. */
  firstInView() {
    return this.whole ? 0 : Math.max(0, Math.floor(this.box.scrollTop / HEIGHT / SPARE - 1) * SPARE);
  }

  draw() {
    const focus = document.activeElement?.getAttribute("data-bits");
    const first = (this.first = this.firstInView());
    const count = this.whole ? this.rows.length : Math.ceil((this.box.clientHeight || 600) / HEIGHT) + 3 * SPARE;
    const seen = this.rows.slice(first, first + count);
    const left = this.rows.length - first - seen.length;
    const spacer = (/** @type {number} */ rows) =>
      element("tr", { "aria-hidden": "true" }, element("td", { colspan: this.columns.length, class: "spacer", style: { height: `${rows * HEIGHT}px` } }));
    const form = [first, left, this.rows.length, this.whole, ...this.columns.map((column) => column.name)].join(" ");
    if (form !== this.form) {
      this.form = form;
      this.lines = seen.map((_, at) => this.emptyLine(first + at));
      const lines = this.lines.map(({ line }) => line);
      fill(this.body, ...(first ? [spacer(first)] : []), ...lines, ...(left > 0 ? [spacer(left)] : []));
    }
    seen.forEach((row, at) => this.write(row, this.lines[at]));
    if (focus && document.activeElement?.getAttribute("data-bits") !== focus) this.body.querySelector(`[data-bits="${CSS.escape(focus)}"]`)?.focus();
  }

  /** A line for one row, and what stands in its cells. @param {number} number @returns {Line} */
  emptyLine(number) {
    const cells = this.columns.map((column) =>
      column.name === "name" ? element("th", { scope: "row" }) : element("td", column.number ? { class: "number" } : {}));
    return { line: element("tr", { "aria-rowindex": number + 2 }, ...cells), cells, texts: [] };
  }

  /** Let ``line`` show ``row``: what stands there already is left as it is. @param {Row} row @param {Line} line */
  write(row, { cells, texts }) {
    this.columns.forEach((column, at) => {
      const value = column.of(row);
      const isBits = column.name === "bits";
      const text = isBits ? [row.name, value, row.layers, row.free, row.quantised].join(" ") : typeof value === "string" ? value : exact(value);
      if (text === texts[at]) return;
      texts[at] = text;
      if (isBits) fill(cells[at], ...this.bits(row));
      else cells[at].textContent = text;
      if (column.name === "name") cells[at].title = text;
    });
  }

  /** The bits of a row; those of a layer whose bits are free can be changed. @param {Row} row */
  bits(row) {
    if (row.bits[1] === null) return [];
    const shade = { "--bits": colour(row.bits[0]) };
    if (row.layers > 1 || !row.free || this.whole) return [element("span", { class: "bits", style: shade }, row.bits.join("/"))];
    const box = (/** @type {number} */ side, /** @type {string} */ what) =>
      element("input", {
        type: "number", min: 1, max: 32, value: row.bits[side], "aria-label": `${what} bits of ${row.name}`,
        "data-bits": `${side} ${row.name}`, class: "bits", style: shade,
        change: (/** @type {any} */ event) => {
          this.form = ""; // what was typed may be no width
          this.choose(row, row.bits.map((bits, at) => Number(at === side ? event.target.value : bits)));
        },
      });
    return row.quantised ? [box(0, "weight"), "/", box(1, "activation")] : [box(1, "activation")];
  }
}
