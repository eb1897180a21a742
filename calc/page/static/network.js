// What the page counts: the rows of a network at chosen values, and their totals.

import { Tape, floorDiv, powerOf, valueOf } from "./tape.js";

/**
 * @typedef {import("./tape.js").Value} Value
 * @typedef {{name: string, title: string, unit: string, double: boolean}} Column
 * @typedef {{name: string, title: string, unit: string, of: string, meaning: string, how: "sum" | "bytes" | "most"}} Total
 * @typedef {{label: string, numbers: Object<string, number | string>, fixed: Object<string, any>}} Choice
 * @typedef {{names: string[], blocks: string[], blockOf: number[], inputs: (0 | number[])[]}} Layers
 * @typedef {{
 *   deployed: boolean, free: boolean, fixed: Object<string, any>, variants: [string | null, string, string][],
 *   outputs: any[], network: number, rows: any[][], rowOf: number[],
 *   settings: Object<string, ([number, number] | null)[]>,
 * } & import("./tape.js").Program} ProgramData
 * @typedef {object} Page the data of a page
 * @property {{name: string, own: number | null, choices: Choice[]}[]} controls ``own``: the choice that is the network's of itself
 * @property {string[]} policies
 * @property {boolean} free whether any widths can be typed
 * @property {string[]} kv formats of keys and values, empty for the policy's
 * @property {string[]} conventions of BitOps
 * @property {{name: string, title: string}[]} counters
 * @property {boolean} deployed whether it can be counted as deployed
 * @property {boolean} blocks whether it opens with blocks
 * @property {string[]} hidden columns
 * @property {Column[]} columns
 * @property {Total[]} totals
 * @property {Layers[]} networks
 * @property {ProgramData[]} programs
 * @property {Object<string, number>} logarithms
 * @property {[number, number, number][]} powers each a base, an exponent and what they give
 * @property {Object<string, string>} refused why the values of some choices give no network
 * @property {string} opens what is chosen when it opens, as the end of an address
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} op
 * @property {string} kind
 * @property {string} block
 * @property {[Bits, Bits]} bits of weights and of activations, null where the layer has no MACs
 * @property {boolean} quantised whether it has weights of its own to choose bits for
 * @property {Object<string, Value>} counts by column
 * @property {number} layers how many it stands for
 * @property {number} same the same number for layers of which all but the names and what they read is the same
 * @property {number[]} inputs the layers that it reads by number, below 0 inputs of the network
 * @property {Value | null} inChannels
 * @property {Value | null} outChannels
 * @property {Value | null} groups
 * @property {Value[]} kernel
 * @property {Value[]} stride
 * @property {Value[]} shape
 *
 * @typedef {number | string | null} Bits one width, or the narrowest and the widest
 * @typedef {{rows: Row[], totals: Object<string, Value>}} Counted
 * @typedef {Pick<import("./state.js").State, "choices" | "deployed" | "policy" | "kv" | "bits">} Setting
 */

/** What begins the names of the variables that are bits. */
export const WEIGHTS = "w ";
export const ACTIVATIONS = "a ";

/** The larger of two. @param {Value} a @param {Value} b */
const larger = (a, b) => (a > b ? a : b);

/** The sum of two of one kind: integers, or doubles, one after the other as the engine adds them. @param {any} a @param {any} b @returns {Value} */
const sum = (a, b) => a + b;

export class Network {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.tables = {
      logarithms: page.logarithms,
      powers: new Map(page.powers.map(([base, exponent, value]) => [powerOf(base, exponent), value])),
    };
    this.tapes = page.programs.map(() => /** @type {Tape | null} */ (null));
  }

  /**
   * The network at ``state``, or why there is none; of columns those that are ``wanted`` alone.
   * @param {Setting} state
   * @param {Column[]} wanted
   * @returns {Counted | {refused: string}}
   */
  at(state, wanted = this.page.columns) {
    const chosen = this.page.controls.map((control, at) => control.choices[state.choices[at]]);
    const numbers = new Map(chosen.flatMap((choice) => Object.entries(choice.numbers)).map(([name, number]) => [name, valueOf(number)]));
    const fixed = JSON.stringify(Object.assign(Object.create(null), ...chosen.map((choice) => choice.fixed))); // a param may be called __proto__
    const why = this.page.refused[state.choices.join(",")];
    if (why !== undefined) return { refused: why };
    const free = this.isFree(state.policy);
    for (const [at, data] of this.page.programs.entries()) {
      if (data.deployed !== state.deployed || data.free !== free || JSON.stringify(data.fixed) !== fixed) continue;
      const tape = (this.tapes[at] ??= new Tape(data, this.tables));
      const bits = free ? this.bitsOf(data, state) : new Map();
      if (tape.run((name) => numbers.get(name) ?? bits.get(name))) return this.counted(data, tape, state, wanted);
    }
    return { refused: "these values give no network that was counted for this page" };
  }

  /** What the first program counts, which has no variables. @returns {Counted} */
  first() {
    const [data] = this.page.programs;
    const tape = new Tape(data, this.tables);
    tape.run(() => undefined);
    return this.rowsAt(data, tape, 0, this.page.columns);
  }

  /** Whether each layer may have other bits than the policy says. @param {string} policy */
  isFree(policy) {
    return this.page.free && (uniformBits(policy) !== null || this.page.programs.some((data) => policy in data.settings));
  }

  /**
   * The bits of single layers that count in ``rows``: the policy may leave none free, and of some layers there may be
   * none, or nothing that they have bits for.
   * @param {Setting} state
   * @param {Row[]} rows
   * @returns {Map<string, number[]>}
   */
  countingBits(state, rows) {
    const found = new Map();
    if (!state.bits.size || !this.isFree(state.policy)) return found;
    for (const { name, bits, quantised } of rows) {
      const own = state.bits.get(name);
      if (own && bits[1] !== null) found.set(name, quantised ? own : [own[1], own[1]]);
    }
    return found;
  }

  /**
   * The bits of every layer by the names of their variables.
   * @param {ProgramData} data
   * @param {Setting} state
   */
  bitsOf(data, state) {
    /** @type {Map<string, number>} */
    const found = new Map();
    const uniform = uniformBits(state.policy);
    this.page.networks[data.network].names.forEach((name, at) => {
      const setting = uniform ?? data.settings[state.policy][at];
      if (!setting) return;
      const [weights, activations] = state.bits.get(name) ?? setting;
      found.set(WEIGHTS + name, data.rows[data.rowOf[at]][QUANTISED] ? weights : setting[0]);
      found.set(ACTIVATIONS + name, activations);
    });
    return found;
  }

  /**
   * @param {ProgramData} data
   * @param {Tape} tape
   * @param {Setting} state
   * @param {Column[]} wanted
   * @returns {Counted | {refused: string}}
   */
  counted(data, tape, state, wanted) {
    const policy = data.free ? null : state.policy;
    const variant = data.variants.findIndex((each) => each[0] === policy && each[1] === state.kv);
    if (variant < 0) return { refused: `this page holds no ${state.policy}` };
    if (data.variants[variant][2]) return { refused: data.variants[variant][2] };
    return this.rowsAt(data, tape, variant, wanted);
  }

  /**
   * @param {ProgramData} data
   * @param {Tape} tape
   * @param {number} variant
   * @param {Column[]} wanted
   * @returns {Counted}
   */
  rowsAt(data, tape, variant, wanted) {
    const places = wanted.map((column) => this.page.columns.indexOf(column));
    const own = (/** @type {any} */ value) => (Array.isArray(value) ? value[variant] : value);
    const output = (/** @type {number} */ number) => tape.output(data.outputs[number]);
    const one = (/** @type {any} */ number) => (own(number) === null ? null : output(own(number)));
    const width = (/** @type {any} */ number) => (own(number) === null ? null : Number(one(number)));
    const list = (/** @type {number[]} */ numbers) => numbers.map(output);
    const kinds = data.rows.map((row, same) => {
      const [op, kind, inChannels, outChannels, kernel, stride, groups, shape, weights, activations, quantised, outputs] = row;
      /** @type {Object<string, Value>} */
      const counts = {};
      wanted.forEach((column, at) => {
        const value = output(own(outputs[places[at]]));
        counts[column.name] = column.double ? Number(value) : value;
      });
      return {
        op, kind, counts, quantised, same, layers: 1,
        inChannels: one(inChannels), outChannels: one(outChannels), groups: one(groups),
        kernel: list(kernel), stride: list(stride), shape: list(shape),
        bits: /** @type {[Bits, Bits]} */ ([width(weights), width(activations)]),
      };
    });
    const { names, blocks, blockOf, inputs } = this.page.networks[data.network];
    const rows = names.map((name, at) => {
      const reads = inputs[at];
      return { ...kinds[data.rowOf[at]], name, block: blocks[blockOf[at]], inputs: reads === 0 ? [at - 1] : reads };
    });
    return { rows, totals: totals(this.page.totals.filter((total) => total.of in (kinds[0]?.counts ?? {})), rows) };
  }
}

/** Where a row says whether it has weights to choose bits for. */
const QUANTISED = 10;

/** ``8`` and ``w4a8`` as bits of weights and activations; null for other text. @param {string} policy */
export function uniformBits(policy) {
  const found = /^(?:(\d{1,2})|w(\d{1,2})a(\d{1,2}))$/.exec(policy);
  if (!found) return null;
  const bits = [Number(found[1] ?? found[2]), Number(found[1] ?? found[3])];
  return bits.every((width) => width >= 1 && width <= 32) ? bits : null;
}

/**
 * The totals of ``rows``: added up, added up as bits and rounded up to bytes once, or the largest.
 * @param {Total[]} wanted
 * @param {Row[]} rows
 * @returns {Object<string, Value>}
 */
export function totals(wanted, rows) {
  /** @type {Map<Row["counts"], number>} */
  const times = new Map(); // layers that are alike share their counts
  for (const { counts } of rows) times.set(counts, (times.get(counts) ?? 0) + 1);
  const kinds = [...times].map(([counts, layers]) => /** @type {const} */ ([counts, BigInt(layers)]));
  return Object.fromEntries(
    wanted.map(({ name, of, how }) => {
      if (how === "most") return [name, kinds.map(([counts]) => counts[of]).reduce(larger, 0n)];
      if (typeof rows[0]?.counts[of] === "number") return [name, rows.map((row) => row.counts[of]).reduce(sum)];
      const total = kinds.reduce((added, [counts, layers]) => added + BigInt(counts[of]) * layers, 0n);
      return [name, how === "bytes" ? floorDiv(total + 7n, 8n) : total];
    }),
  );
}

/**
 * Rows put together by block, in the order of their first layers.
 * @param {Row[]} rows
 * @param {{name: string}[]} columns
 * @returns {Row[]}
 */
export function byBlock(rows, columns) {
  const blocks = new Map(/** @type {[string, Row[]][]} */ ([]));
  for (const row of rows) {
    const within = blocks.get(row.block);
    if (within) within.push(row);
    else blocks.set(row.block, [row]);
  }
  /** @type {Map<string, Row>} */
  const known = new Map();
  return [...blocks].map(([name, within]) => {
    if (within.length === 1) return { ...within[0], name };
    const key = within.map((row) => row.same).join();
    const found = known.get(key) ?? together(within, columns);
    known.set(key, found);
    return { ...found, name, block: name, inputs: within[0].inputs };
  });
}

/** @param {Row[]} within @param {{name: string}[]} columns @returns {Row} */
function together(within, columns) {
  /** @type {Object<string, Value>} */
  const counts = {};
  for (const { name } of columns) {
    if (name in within[0].counts) counts[name] = within.map((row) => row.counts[name]).reduce(name === "live_bytes" ? larger : sum);
  }
  const last = within[within.length - 1];
  return {
    ...within[0], counts, layers: within.length, kind: `${within.length} layers`, quantised: false,
    outChannels: last.outChannels, shape: last.shape, kernel: [], stride: [], groups: null,
    bits: [span(within.map((row) => row.bits[0])), span(within.map((row) => row.bits[1]))],
  };
}

/** One width, or the narrowest and the widest; null where there is none. @param {Bits[]} bits @returns {Bits} */
function span(bits) {
  const known = bits.filter((width) => width !== null).map(Number);
  if (!known.length) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low === high ? low : `${low}–${high}`;
}
