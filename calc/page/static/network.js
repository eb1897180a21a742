// What the page counts: the rows of a network at chosen values, and their totals.

import { Tape, floorDiv } from "./tape.js";

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} kind
 * @property {string} block
 * @property {(number | null)[]} bits of weights and of activations, null where the layer has no MACs
 * @property {boolean} quantised whether it has weights of its own to choose bits for
 * @property {Object<string, bigint>} counts by column
 * @property {number} layers how many it stands for
 */

/** What begins the names of the variables that are bits. */
export const WEIGHTS = "w ";
export const ACTIVATIONS = "a ";

/** The larger of two. */
const larger = (a, b) => (a > b ? a : b);

export class Network {
  /** @param {any} page the data of the page */
  constructor(page) {
    this.page = page;
    this.programs = page.programs.map((data) => ({ data, tape: new Tape(data) }));
  }

  /**
   * The network at ``state``, or why there is none.
   * @param {{choices: number[], deployed: boolean, policy: string, bits: Map<string, number[]>}} state
   * @returns {{rows: Row[], totals: Object<string, bigint>} | {refused: string}}
   */
  at(state) {
    const chosen = this.page.controls.map((control, at) => control.choices[state.choices[at]]);
    const numbers = Object.assign({}, ...chosen.map((choice) => choice.numbers));
    const fixed = JSON.stringify(Object.assign({}, ...chosen.map((choice) => choice.fixed)));
    const why = this.page.refused[state.choices.join(",")];
    if (why !== undefined) return { refused: why };
    const uniform = uniformBits(state.policy);
    const own = uniform || this.isSetting(state.policy) ? null : state.policy;
    for (const program of this.programs) {
      const { data, tape } = program;
      if (data.deployed !== state.deployed || data.policy !== own || JSON.stringify(data.fixed) !== fixed) continue;
      const bits = own === null ? this.bitsOf(data, state, uniform) : new Map();
      if (tape.run((name) => numbers[name] ?? bits.get(name))) return this.counted(program);
    }
    return { refused: "these values give no network that was counted for this page" };
  }

  /** What the first program counts, which has no variables. @returns {{rows: Row[], totals: Object<string, bigint>}} */
  first() {
    this.programs[0].tape.run(() => 0);
    return this.counted(this.programs[0]);
  }

  /** Whether the bits of a policy are settings of a program, which may then be changed layer by layer. */
  isSetting(policy) {
    return policy in this.page.programs[0].settings;
  }

  /** The bits of every layer by the names of their variables. */
  bitsOf(data, state, uniform) {
    const found = new Map();
    data.layers.forEach((layer, at) => {
      const [name, quantised] = [layer[0], layer[12]];
      const setting = uniform ?? data.settings[state.policy][at];
      if (!setting) return;
      const [weights, activations] = state.bits.get(name) ?? setting;
      found.set(WEIGHTS + name, quantised ? weights : setting[0]);
      found.set(ACTIVATIONS + name, activations);
    });
    return found;
  }

  counted({ data, tape }) {
    const output = (number) => (number === null ? null : tape.polynomial(data.outputs[number]));
    const numbers = (list) => list.map((number) => Number(output(number)));
    const small = (number) => (number === null ? null : Number(output(number)));
    const rows = data.layers.map((layer) => {
      const [name, op, kind, block, inChannels, outChannels, kernel, stride, groups, shape, weights, activations, quantised, outputs] = layer;
      const counts = {};
      for (const column of this.page.columns) counts[column.name] = output(outputs[column.at]);
      return {
        name, op, kind, block, counts, layers: 1,
        quantised,
        inChannels: small(inChannels), outChannels: small(outChannels), groups: small(groups),
        kernel: numbers(kernel), stride: numbers(stride), shape: numbers(shape),
        bits: [small(weights), small(activations)],
      };
    });
    return { rows, totals: totals(this.page.totals, rows) };
  }
}

/** ``8`` and ``w4a8`` as bits of weights and activations; null for other text. @param {string} policy */
export function uniformBits(policy) {
  const found = /^(?:(\d{1,2})|w(\d{1,2})a(\d{1,2}))$/.exec(policy);
  if (!found) return null;
  const bits = [Number(found[1] ?? found[2]), Number(found[1] ?? found[3])];
  return bits.every((width) => width >= 1 && width <= 32) ? bits : null;
}

/** The totals of ``rows``: added up, added up as bits and rounded up to bytes once, or the largest. */
export function totals(wanted, rows) {
  return Object.fromEntries(
    wanted.map(({ name, of, how }) => {
      const values = rows.map((row) => row.counts[of]);
      const total = how === "most" ? values.reduce(larger, 0n) : values.reduce((a, b) => a + b, 0n);
      return [name, how === "bytes" ? floorDiv(total + 7n, 8n) : total];
    }),
  );
}

/** Rows put together by block, in the order of their first layers. @param {Row[]} rows @param {any[]} columns */
export function byBlock(rows, columns) {
  const blocks = new Map();
  for (const row of rows) blocks.set(row.block, [...(blocks.get(row.block) ?? []), row]);
  return [...blocks].map(([name, within]) => {
    if (within.length === 1) return { ...within[0], name };
    const counts = {};
    for (const column of columns) {
      const values = within.map((row) => row.counts[column.name]);
      counts[column.name] = column.name === "live_bytes" ? values.reduce(larger) : values.reduce((a, b) => a + b, 0n);
    }
    const last = within[within.length - 1];
    return {
      ...within[0], name, counts, layers: within.length, kind: `${within.length} layers`, quantised: false,
      outChannels: last.outChannels, shape: last.shape, kernel: [], stride: [], groups: null,
      bits: [0, 1].map((side) => span(within.map((row) => row.bits[side]))),
    };
  });
}

/** One width, or the narrowest and the widest; null where there is none. */
function span(bits) {
  const known = bits.filter((width) => width !== null);
  if (!known.length) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low === high ? low : `${low}–${high}`;
}
