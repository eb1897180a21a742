// The table of layers or blocks: only the rows that are seen are in the document.

import { colour } from "./charts.js";
import { element, exact, fill } from "./dom.js";

const HEIGHT = 28;
const SPARE = 12;

/** The columns: a title, what a row has for it, and whether it is a number. */
export function columnsOf(page, state) {
  const text = (list) => (new Set(list).size === 1 ? [list[0]] : list).join("×");
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
  const counted = page.columns
    .filter((column) => !column.name.startsWith("bitops.") || column.name === state.convention)
    .map((column) => ({ ...column, of: (row) => row.counts[column.name], number: true }));
  return [...fixed, ...counted];
}

/** The rows as they are sorted and found. */
export function shownRows(rows, columns, state) {
  const found = rows.filter((row) => row.name.toLowerCase().includes(state.find.toLowerCase()));
  const column = columns.find((each) => each.name === state.sort);
  if (!column) return found;
  const keyed = found.map((row) => [column.of(row), row]);
  const before = typeof keyed[0]?.[0] === "bigint" ? (a, b) => (a > b ? -1 : a < b ? 1 : 0) : compareTexts;
  return keyed.sort(([a], [b]) => before(a, b)).map(([, row]) => row);
}

function compareTexts(a, b) {
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** The table as text with commas between, integers without them. */
export function csv(rows, columns) {
  const quoted = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const lines = rows.map((row) => columns.map((column) => quoted(column.of(row))).join(","));
  return [columns.map((column) => column.name).join(","), ...lines].join("\n") + "\n";
}

export class RowsInView {
  /**
   * @param {HTMLElement} box what scrolls
   * @param {(name: string) => void} sort called for the name of a column
   * @param {(row: any, bits: number[]) => void} choose called for new bits of a layer
   */
  constructor(box, sort, choose) {
    this.box = box;
    this.sort = sort;
    this.choose = choose;
    this.head = element("thead");
    this.body = element("tbody");
    const caption = element("caption", { class: "hidden" }, "Layers of the network and what each costs");
    fill(box, element("table", {}, caption, this.head, this.body));
    box.addEventListener("scroll", () => this.draw());
    this.rows = [];
    this.columns = [];
  }

  /** Show other rows. */
  show(rows, columns, state) {
    this.rows = rows;
    this.columns = columns.filter((column) => !state.hidden.includes(column.name));
    const titles = this.columns.map((column) => {
      const sorted = column.name === state.sort;
      const button = element("button", { click: () => this.sort(column.name) }, column.title + (sorted ? " ▾" : ""));
      return element("th", { scope: "col", class: column.number ? "number" : "", "aria-sort": sorted ? "descending" : null }, button);
    });
    fill(this.head, element("tr", {}, ...titles));
    this.draw();
  }

  draw() {
    const focus = document.activeElement?.getAttribute("data-bits");
    const first = Math.max(0, Math.floor(this.box.scrollTop / HEIGHT) - SPARE);
    const count = Math.ceil((this.box.clientHeight || 600) / HEIGHT) + 2 * SPARE;
    const seen = this.rows.slice(first, first + count);
    const spacer = (rows) =>
      element("tr", { "aria-hidden": "true" }, element("td", { colspan: this.columns.length, class: "spacer", style: { height: `${rows * HEIGHT}px` } }));
    const left = this.rows.length - first - seen.length;
    fill(this.body, ...(first ? [spacer(first)] : []), ...seen.map((row) => this.line(row)), ...(left > 0 ? [spacer(left)] : []));
    if (focus) this.body.querySelector(`[data-bits="${CSS.escape(focus)}"]`)?.focus();
  }

  line(row) {
    const cells = this.columns.map((column) => {
      if (column.name === "bits") return element("td", { class: "number" }, ...this.bits(row));
      const value = column.of(row);
      return element(column.name === "name" ? "th" : "td", { class: column.number ? "number" : "", scope: column.name === "name" ? "row" : null, title: column.name === "name" ? value : null }, typeof value === "bigint" ? exact(value) : String(value));
    });
    return element("tr", {}, ...cells);
  }

  /** The bits of a row; those of a layer whose bits are free can be changed. */
  bits(row) {
    if (row.bits[1] === null) return [];
    const shade = { "--bits": colour(row.bits[0]) };
    if (row.layers > 1 || !row.free) return [element("span", { class: "bits", style: shade }, row.bits.join("/"))];
    const box = (side, what) =>
      element("input", {
        type: "number", min: 1, max: 32, value: row.bits[side], "aria-label": `${what} bits of ${row.name}`,
        "data-bits": `${side} ${row.name}`, class: "bits", style: shade,
        change: (event) => this.choose(row, row.bits.map((bits, at) => (at === side ? Number(event.target.value) : bits))),
      });
    return row.quantised ? [box(0, "weight"), "/", box(1, "activation")] : [box(1, "activation")];
  }
}
