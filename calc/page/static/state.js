// What is chosen on the page, and the same as the end of an address, so that a link says exactly what was seen.

/**
 * @typedef {object} State
 * @property {number[]} choices of each control, by number
 * @property {boolean} deployed
 * @property {string} policy a width, ``w4a8``, or the name of a policy of the page
 * @property {Map<string, number[]>} bits those of single layers, weights and activations, that differ from the policy
 * @property {string} convention of BitOps
 * @property {string} find what names of rows must contain
 * @property {boolean} blocks whether rows are blocks
 * @property {string} sort a column, or empty for the order of the network
 * @property {string[]} hidden columns
 * @property {State | null} pinned what it is compared with
 */

/** What the page opens with. @returns {State} */
export function start(page) {
  return {
    choices: page.controls.map((control) => control.start), deployed: false, policy: page.policies[0],
    bits: new Map(), convention: page.conventions[0], find: "", blocks: page.blocks, sort: "", hidden: page.hidden,
    pinned: null,
  };
}

/** @param {State} state */
export function toFragment(page, state) {
  const said = new URLSearchParams();
  page.controls.forEach((control, at) => said.set(control.name, control.choices[state.choices[at]].label));
  said.set("bits", state.policy);
  for (const [layer, [weights, activations]] of state.bits) said.append("layer", `${weights},${activations},${layer}`);
  if (state.deployed) said.set("deployed", "1");
  said.set("bitops", state.convention);
  said.set("rows", state.blocks ? "blocks" : "layers");
  if (state.find) said.set("find", state.find);
  if (state.sort) said.set("sort", state.sort);
  said.set("hide", state.hidden.join(","));
  if (state.pinned) said.set("pinned", toFragment(page, { ...state.pinned, pinned: null }));
  return said.toString();
}

/** The state that ``fragment`` says; what it does not say, or says of another page, is as the page opens. */
export function fromFragment(page, fragment, isPolicy) {
  const said = new URLSearchParams(fragment);
  const state = start(page);
  page.controls.forEach((control, at) => {
    const found = control.choices.findIndex((choice) => choice.label === said.get(control.name));
    if (found >= 0) state.choices[at] = found;
  });
  if (said.has("bits") && isPolicy(said.get("bits"))) state.policy = said.get("bits");
  for (const text of said.getAll("layer")) {
    const [weights, activations, ...name] = text.split(",");
    const bits = [Number(weights), Number(activations)];
    if (bits.every(isWidth)) state.bits.set(name.join(","), bits);
  }
  state.deployed = said.get("deployed") === "1" && page.deployed;
  if (page.conventions.includes(said.get("bitops"))) state.convention = said.get("bitops");
  if (said.has("rows")) state.blocks = said.get("rows") === "blocks";
  state.find = said.get("find") ?? "";
  state.sort = said.get("sort") ?? "";
  if (said.has("hide")) state.hidden = said.get("hide").split(",").filter(Boolean);
  if (said.get("pinned")) state.pinned = fromFragment(page, said.get("pinned"), isPolicy);
  return state;
}

/** Whether ``bits`` is a width that the page offers. */
export function isWidth(bits) {
  return Number.isInteger(bits) && bits >= 1 && bits <= 32;
}
