// Elements made from text: nothing here reads HTML, so names and errors are text wherever they stand.

import { roundHalfEven } from "./tape.js";

const SVG = "http://www.w3.org/2000/svg";
const OF_SVG = new Set(["svg", "rect", "path", "text", "title", "g", "line"]);

/** The element of that id, which the page has. @param {string} id @returns {any} */
export function at(id) {
  return document.getElementById(id);
}

/**
 * A new element.
 * @param {string} tag
 * @param {Object<string, any>} attributes a function is an event's listener, ``style`` an object
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(tag, attributes = {}, ...children) {
  const made = OF_SVG.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) /** @type {any} */ (made).style.setProperty(key, text);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** Let ``parent`` hold these children alone. @param {Element} parent @param {...(Node | string)} children */
export function fill(parent, ...children) {
  parent.replaceChildren(...children);
}

/** An integer with commas, a double rounded to one: all of its digits, of which JavaScript writes 17. @param {bigint | number} value */
export function exact(value) {
  const whole = typeof value === "bigint" || !Number.isFinite(value) ? value : roundHalfEven(value);
  return whole.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** ``1 layer``, ``3 layers``. @param {number} count @param {string} what */
export function numberOf(count, what) {
  return `${exact(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** The same in three digits: 10.8 M, 2.41 MB. @param {bigint | number} value @param {string} unit */
export function short(value, unit = "") {
  const bytes = unit === "bytes";
  const names = ["", "K", "M", "G", "T", "P", "E"];
  let size = Number(value);
  let at = 0;
  while (Math.abs(size) >= 999.5 && at < names.length - 1) {
    size /= 1000;
    at += 1;
  }
  const digits = at === 0 || Math.abs(size) >= 100 ? 0 : Math.abs(size) >= 10 ? 1 : 2;
  return `${size.toFixed(digits)} ${names[at]}${bytes ? "B" : ""}`.trim();
}
