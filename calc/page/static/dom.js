// Elements made from text: nothing here reads HTML, so names and errors are text wherever they stand.

const SVG = "http://www.w3.org/2000/svg";
const OF_SVG = new Set(["svg", "rect", "path", "text", "title", "g", "line"]);

/**
 * A new element.
 * @param {string} tag
 * @param {Object<string, any>} attributes a function is an event's listener, ``style`` an object
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = OF_SVG.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) made.style.setProperty(key, text);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** Let ``parent`` hold these children alone. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children);
}

/** An integer with commas. @param {bigint | number} value */
export function exact(value) {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The same in three digits: 10.8 M. @param {bigint} value @param {string} unit */
export function short(value, unit = "") {
  const binary = unit === "bytes";
  const names = binary ? ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] : ["", "K", "M", "G", "T", "P", "E"];
  let size = Number(value);
  let at = 0;
  while (Math.abs(size) >= (binary ? 1024 : 999.5) && at < names.length - 1) {
    size /= binary ? 1024 : 1000;
    at += 1;
  }
  const digits = at === 0 || Math.abs(size) >= 100 ? 0 : Math.abs(size) >= 10 ? 1 : 2;
  return `${size.toFixed(digits)} ${names[at]}`.trim();
}
