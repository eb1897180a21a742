// What is chosen on the page, and the same as the end of an address, so that a link says exactly what was seen.

/**
 * @typedef {import("./network.js").Page} Page
 * @typedef {object} State
 * @property {number[]} choices of each control, by number
 * @property {boolean} deployed
 * @property {string} policy a width, ``w4a8``, or the name of a policy of the page
 * @property {string} kv the format of keys and values, empty for the policy's
 * @property {Map<string, number[]>} bits those of single layers, weights and activations, that differ from the policy
 * @property {string} convention of BitOps
 * @property {string} counter what counts beside MACs, empty for none
 * @property {string} find what names of rows must contain
 * @property {boolean} blocks whether rows are blocks
 * @property {string} sort a column by its key, or empty for the order of the network
 * @property {boolean} reversed whether it is sorted the other way: small numbers first, texts from their end
 * @property {string[]} hidden columns, by their keys
 * @property {State | null} pinned what it is compared with
 */

const WORDS = ["bits", "layer", "kv", "deployed", "bitops", "count-as", "rows", "find", "sort", "reversed", "hide", "pinned"];

/** What a control is called in a link: a param may have a name that stands there for something else. @param {string} name */
const keyOf = (name) => (WORDS.includes(name) ? `set.${name}` : name);

/** What a column is called where it is sorted by or hidden: the same whatever convention it is under. @param {string} column */
export const keyOfColumn = (column) => column.split(".")[0];

/** What a page without a link opens with. @param {Page} page @returns {State} */
export function start(page) {
  return {
    choices: page.controls.map((control) => control.own ?? 0), deployed: false, policy: page.policies[0], kv: page.kv[0],
    bits: new Map(), convention: page.conventions[0], counter: "", find: "", blocks: page.blocks, sort: "", reversed: false,
    hidden: page.hidden, pinned: null,
  };
}

/**
 * The state as text; without ``everything``, of controls what is moved alone.
 * @param {Page} page
 * @param {State} state
 */
export function toFragment(page, state, everything = true) {
  const said = new URLSearchParams();
  const controls = everything ? labels(page, state) : moved(page, state);
  for (const [name, label] of controls) said.set(keyOf(name), label);
  said.set("bits", state.policy);
  for (const [layer, [weights, activations]] of state.bits) said.append("layer", `${weights},${activations},${layer}`);
  if (state.kv) said.set("kv", state.kv);
  if (state.deployed) said.set("deployed", "1");
  said.set("bitops", state.convention);
  if (state.counter) said.set("count-as", state.counter);
  said.set("rows", state.blocks ? "blocks" : "layers");
  if (state.find) said.set("find", state.find);
  if (state.sort) said.set("sort", state.sort);
  if (state.reversed) said.set("reversed", "1");
  said.set("hide", state.hidden.join(","));
  if (state.pinned) said.set("pinned", toFragment(page, { ...state.pinned, pinned: null }));
  return said.toString();
}

/** The controls and what they say. @param {Page} page @param {State} state @returns {[string, string][]} */
function labels(page, state) {
  return page.controls.map((control, at) => [control.name, control.choices[state.choices[at]].label]);
}

/** Those that say another thing than the network itself, which may have what the page does not offer. @param {Page} page @param {State} state */
export function moved(page, state) {
  return labels(page, state).filter((_, at) => state.choices[at] !== page.controls[at].own);
}

/** The bits of single layers that ``said`` says. @param {URLSearchParams} said @returns {Map<string, number[]>} */
function layersOf(said) {
  const found = new Map();
  for (const text of said.getAll("layer")) {
    const [weights, activations, ...name] = text.split(",");
    const bits = [Number(weights), Number(activations)];
    if (bits.every(isWidth)) found.set(name.join(","), bits);
  }
  return found;
}

/**
 * The state that ``fragment`` says; what it does not say, or says of another page, is as the page opens.
 * @param {Page} page
 * @param {string} fragment
 * @param {(text: string) => boolean} isPolicy
 * @returns {State}
 */
export function fromFragment(page, fragment, isPolicy) {
  const said = new URLSearchParams(fragment);
  const state = start(page);
  const one = (/** @type {string} */ name, /** @type {string[]} */ known, /** @type {string} */ usual) => {
    const text = said.get(name);
    return text !== null && known.includes(text) ? text : usual;
  };
  page.controls.forEach((control, at) => {
    const found = control.choices.findIndex((choice) => choice.label === said.get(keyOf(control.name)));
    if (found >= 0) state.choices[at] = found;
  });
  const policy = said.get("bits");
  if (policy !== null && isPolicy(policy)) state.policy = policy;
  state.bits = layersOf(said);
  state.kv = one("kv", page.kv, state.kv);
  state.deployed = said.get("deployed") === "1" && page.deployed;
  state.convention = one("bitops", page.conventions, state.convention);
  state.counter = one("count-as", page.counters.map((counter) => counter.name), "");
  if (said.has("rows")) state.blocks = said.get("rows") === "blocks";
  state.find = said.get("find") ?? "";
  state.sort = keyOfColumn(said.get("sort") ?? "");
  state.reversed = said.get("reversed") === "1";
  state.hidden = said.get("hide")?.split(",").filter(Boolean).map(keyOfColumn) ?? state.hidden;
  const pinned = said.get("pinned");
  if (pinned) state.pinned = { ...fromFragment(page, pinned, isPolicy), pinned: null };
  return state;
}

/**
 * What ``fragment`` says is chosen, as an editor asks for it before there is a page that could say what it offers.
 * @param {string} fragment
 */
export function chosenIn(fragment) {
  const said = new URLSearchParams(fragment);
  const text = (/** @type {string} */ name) => said.get(name) ?? "";
  const controls = [...said].filter(([key]) => !WORDS.includes(key)).map(([key, label]) => [key.replace(/^set\./, ""), label]);
  return {
    controls: Object.fromEntries(controls), bits: text("bits"), layers: Object.fromEntries(layersOf(said)), kv: text("kv"),
    deployed: text("deployed") === "1", counter: text("count-as"),
  };
}

/** Whether ``bits`` is a width that the page offers. @param {number} bits */
export function isWidth(bits) {
  return Number.isInteger(bits) && bits >= 1 && bits <= 32;
}

/**
 * The columns of a page that are shown with ``state``: of those under a convention, the chosen ones' alone.
 * @param {Page} page
 * @param {{convention: string, counter: string}} state
 */
export function columnsAt(page, state) {
  return page.columns.filter(({ name }) => {
    if (name.startsWith("bitops.")) return name === state.convention;
    return !/^(counted|printed)\./.test(name) || name.slice(8) === state.counter;
  });
}
