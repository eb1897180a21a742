// A recorded program, run with integers of any size. It holds no formula of its own: what it works out is in its data.

/**
 * @typedef {number | bigint} Value
 * @typedef {[string, ...any[]]} Step a kind and what it reads: polynomials by number, or steps and constants
 * @typedef {object} Program
 * @property {Object<string, [number | string, number | string]>} bounds of its variables, by name
 * @property {Step[]} steps
 * @property {[...Step, boolean][]} guards tests, each with the answer for which the program is right
 * @property {(number | string)[][][]} polynomials terms, each a coefficient and the steps that are multiplied
 */

/**
 * @typedef {object} Tables what the engine gives, for no two libraries agree on the last digit
 * @property {Object<string, number>} logarithms to base 2
 * @property {Map<string, number>} powers
 */

/** What a power is called in tables. @param {number} base @param {number} exponent */
export const powerOf = (base, exponent) => `${base} ${exponent}`;

/** ⌊a / b⌋ for b above 0. @param {bigint} a @param {bigint} b */
export function floorDiv(a, b) {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** @param {bigint} a @param {bigint} b @returns {bigint} */
function gcd(a, b) {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** The nearest integer, the even one of two. @param {number} x */
export function roundHalfEven(x) {
  const low = Math.floor(x);
  const above = x - low;
  return BigInt(above < 0.5 || (above === 0.5 && low % 2 === 0) ? low : low + 1);
}

/**
 * What each kind of step does to its arguments, the values of polynomials.
 * @type {Object<string, (...of: bigint[]) => Value>}
 */
const INTEGERS = {
  sum: (a) => a,
  floor_div: floorDiv,
  max: (...all) => all.reduce((a, b) => (a > b ? a : b)),
  min: (...all) => all.reduce((a, b) => (a < b ? a : b)),
  gcd,
  below: (a) => BigInt(a < 0n),
  zero: (a) => BigInt(a === 0n),
  of_integer: Number,
  ratio: (a, b) => Number(a) / Number(b),
};

/**
 * The same of those whose arguments are doubles.
 * @type {Object<string, (...of: number[]) => Value>}
 */
const DOUBLES = {
  double_below: (a, b) => BigInt(a < b),
  double_at_most: (a, b) => BigInt(a <= b),
  double_equal: (a, b) => BigInt(a === b),
  floor: (a) => BigInt(Math.floor(a)),
  ceil: (a) => BigInt(Math.ceil(a)),
  trunc: (a) => BigInt(Math.trunc(a)),
  round: roundHalfEven,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  double_max: Math.max,
  double_min: Math.min,
};

/** A number of the data, of which large integers are text: JSON has no integers of any size. @param {number | string} number @returns {Value} */
export function valueOf(number) {
  return typeof number === "string" ? BigInt(number) : number;
}

export class Tape {
  /**
   * @param {Program} data
   * @param {Tables} tables
   */
  constructor(data, tables) {
    this.data = data;
    this.tables = tables;
    this.polynomials = data.polynomials.map((terms) =>
      terms.map(([coefficient, ...steps]) => ({ coefficient: BigInt(coefficient), steps: steps.map(Number) })),
    );
    this.bounds = Object.entries(data.bounds).map(([name, bounds]) => /** @type {const} */ ([name, bounds.map(valueOf)]));
    /** @type {any[]} */
    this.results = [];
    /** @type {(bigint | undefined)[]} */
    this.values = [];
  }

  /**
   * Run it. Gives false where it is not right for these values; then no output means anything.
   * @param {(name: string) => Value | undefined} given the value of a variable
   */
  run(given) {
    const { steps, guards } = this.data;
    for (const [name, [least, most]] of this.bounds) {
      const value = given(name);
      if (value === undefined || !(value >= least && value <= most)) return false;
    }
    this.results = [];
    this.values = new Array(this.polynomials.length);
    /** @type {[number, any[]][]} */
    const pending = guards.map((guard) => [this.needed(guard), guard]);
    for (const step of steps) {
      if (!this.hold(pending)) return false;
      const result = this.result(step, given);
      if (result === undefined) return false; // of no program that is right for these values
      this.results.push(result);
    }
    return this.hold(pending);
  }

  /**
   * Ask those guards for which everything is there: what comes after may divide by what they exclude.
   * @param {[number, any[]][]} pending
   */
  hold(pending) {
    for (let next = pending[0]; next && next[0] <= this.results.length; next = pending[0]) {
      pending.shift();
      const guard = next[1];
      if ((this.result(guard.slice(0, -1), () => undefined) !== 0n) !== guard[guard.length - 1]) return false;
    }
    return true;
  }

  /** How many steps, from the first, a guard reads. @param {any[]} guard */
  needed([kind, ...rest]) {
    const read = rest.slice(0, -1);
    const steps = kind in INTEGERS ? read.flatMap((p) => this.polynomials[p].flatMap((term) => term.steps)) : read;
    return Math.max(-1, ...steps.filter((step) => typeof step === "number")) + 1;
  }

  /** @param {any[]} step @param {(name: string) => Value | undefined} given @returns {Value | undefined} */
  result([kind, ...read], given) {
    if (kind === "integer") return BigInt(given(read[0]) ?? NaN);
    if (kind === "double") return Number(given(read[0]) ?? NaN);
    if (kind === "log2") return this.tables.logarithms[String(this.polynomial(read[0]))];
    if (kind in INTEGERS) return INTEGERS[kind](...read.map((p) => this.polynomial(p)));
    const doubles = read.map((each) => (typeof each === "number" ? this.results[each] : each[0]));
    if (kind === "power") return this.tables.powers.get(powerOf(doubles[0], doubles[1]));
    return DOUBLES[kind](...doubles);
  }

  /** The value of a polynomial, by its number. @param {number} number @returns {bigint} */
  polynomial(number) {
    let total = this.values[number];
    if (total === undefined) {
      total = 0n;
      for (const { coefficient, steps } of this.polynomials[number]) {
        let product = coefficient;
        for (const step of steps) product *= this.results[step];
        total += product;
      }
      this.values[number] = total;
    }
    return total;
  }

  /** What is put out: of a polynomial, of a step, ``[7]``, or a constant, ``[[0.5]]``. @param {any} output @returns {Value} */
  output(output) {
    if (typeof output === "number") return this.polynomial(output);
    return typeof output[0] === "number" ? this.results[output[0]] : output[0][0];
  }
}
