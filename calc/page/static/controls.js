// The controls of the page: made for a network, moved by people, and set to what is chosen.

import { at, element, fill, numberOf } from "./dom.js";
import { uniformBits } from "./network.js";
import { isWidth } from "./state.js";
import { columnsOf } from "./table.js";

/** @typedef {import("./network.js").Page} Page @typedef {import("./state.js").State} State */

/**
 * Make the controls of ``page``; those that have nothing to choose are hidden.
 * @param {Page} page
 * @param {(index: number, choice: number) => void} choose called when one of the network's is moved
 */
export function build(page, choose) {
  fill(at("sliders"), ...page.controls.map((control, index) => chooser(control, (choice) => choose(index, choice))));
  const titles = Object.fromEntries(page.totals.map((total) => [total.name, `${total.name.split(".")[1]}: ${total.meaning}`]));
  for (const counter of page.counters) titles[counter.name] = `${counter.name}: ${counter.title}`;
  const options = (/** @type {string[]} */ names) => names.map((name) => element("option", { value: name }, titles[name] ?? name));
  const rest = page.free ? [element("option", { value: "" }, "as typed")] : [];
  fill(at("policy"), ...options(page.policies), ...rest);
  fill(at("kv"), ...page.kv.map((name) => element("option", { value: name }, name || "as the bits say")));
  fill(at("convention"), ...options(page.conventions));
  fill(at("counter"), element("option", { value: "" }, "nothing"), ...options(page.counters.map((counter) => counter.name)));
  const hide = (/** @type {string} */ id, /** @type {boolean} */ hidden) => (at(id).closest("label") ?? at(id)).toggleAttribute("hidden", hidden);
  hide("deployed", !page.deployed);
  hide("kv", page.kv.length < 2);
  hide("counter", page.counters.length === 0);
  for (const id of ["weights", "activations", "rows-weights", "apply", "reset"]) hide(id, !page.free);
}

/** Numbers are a slider, words a list. @param {Page["controls"][number]} control @param {(choice: number) => void} choose */
function chooser(control, choose) {
  const id = `control-${control.name}`;
  const moved = (/** @type {any} */ event) => choose(Number(event.target.value));
  if (control.choices.some((choice) => Object.keys(choice.fixed).length)) {
    const options = control.choices.map((choice, number) => element("option", { value: number }, choice.label));
    return element("label", {}, control.name, " ", element("select", { id, change: moved }, ...options));
  }
  const slider = element("input", { id, type: "range", min: 0, max: control.choices.length - 1, step: 1, input: moved });
  return element("label", {}, control.name, " ", element("output", { for: id }), slider);
}

/**
 * Let the controls say what is chosen.
 * @param {Page} page
 * @param {State} state
 * @param {boolean} free whether single layers may have other bits than the policy says
 */
export function reflect(page, state, free) {
  page.controls.forEach((control, index) => {
    const own = at(`control-${control.name}`);
    own.value = String(state.choices[index]);
    if (own.type !== "range") return;
    const { label } = control.choices[state.choices[index]];
    own.setAttribute("aria-valuetext", label);
    own.previousElementSibling.textContent = label;
  });
  const bits = uniformBits(state.policy);
  at("policy").value = page.policies.includes(state.policy) ? state.policy : "";
  for (const [side, id] of ["weights", "activations"].entries()) {
    if (document.activeElement !== at(id) || bits) at(id).value = bits ? String(bits[side]) : "";
  }
  at("kv").value = state.kv;
  at("deployed").checked = state.deployed;
  at("convention").value = state.convention;
  at("counter").value = state.counter;
  at("by").value = state.blocks ? "blocks" : "layers";
  if (at("find").value !== state.find) at("find").value = state.find;
  at("reset").disabled = state.bits.size === 0;
  const own = state.bits.size ? `${numberOf(state.bits.size, "layer")} ${state.bits.size === 1 ? "has bits of its" : "have bits of their"} own` : "";
  const fixed = page.free && !free; // without free bits there is nothing that sets them
  at("changed").textContent = fixed ? `${state.policy} is for all layers: with plain bits, such as 8, those of some can be set` : own;
  for (const id of ["apply", "rows-weights", "rows-activations"]) at(id).disabled = fixed;
  at("unpin").disabled = state.pinned === null;
}

/** A box for each column that may be shown. @param {Page} page @param {State} state @param {(key: string, shown: boolean) => void} toggle */
export function columnBoxes(page, state, toggle) {
  const boxes = columnsOf(page, state).map(({ key, title }) => {
    const change = (/** @type {any} */ event) => toggle(key, event.target.checked);
    const box = element("input", { type: "checkbox", "data-column": key, change });
    box.checked = !state.hidden.includes(key);
    return element("label", {}, box, title);
  });
  const focus = document.activeElement?.getAttribute("data-column");
  fill(at("columns"), ...boxes);
  if (focus) at("columns").querySelector(`[data-column="${CSS.escape(focus)}"]`)?.focus();
}

/** The bits that are typed, of all layers or, after ``rows-``, of those shown; null where they are none. @returns {number[] | null} */
export function typedBits(before = "") {
  const [weights, activations] = ["weights", "activations"].map((side) => at(before + side).value);
  const bits = [Number(weights || activations), Number(activations || weights)]; // one that is left empty is as the other
  return bits.every(isWidth) ? bits : null;
}
