// The editor beside the page: each change is counted by the engine, and the page shows what it found.

import { element, fill, numberOf } from "./dom.js";
import { chosen, fragmentNow, open, openPreview } from "./main.js";
import { chosenIn } from "./state.js";
import { Text } from "./text.js";

const REST = 350; // milliseconds without a key after which the page's programs are made
const KEPT = `text of ${location.pathname}`;
const KEPT_VARY = `offered too at ${location.pathname}`;
const at = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const { texts, packaged, nonce } = JSON.parse(at("texts").textContent);
const text = new Text(at("text"), nonce, changed);
const link = location.hash.slice(1);
let shows = false; // whether the page shows a network
let whole = false; // whether the page has had its programs: before, what is chosen is what the link says
let asking = false;
let stale = false;
let version = 0;
let pause = 0;
let name = "network";
/** @type {File | null} */
let dropped = null;
/** The question for the page's programs that has no answer yet, and for what it asks. @type {{of: string, abort: AbortController} | null} */
let outstanding = null;
/** For what there are no programs, and what is said of that. */
let without = { of: "", said: "" };

/** The text is another: what is made of the one before is of no use. */
function changed() {
  version += 1;
  outstanding?.abort.abort();
  sessionStorage.setItem(KEPT, text.value);
  clearTimeout(pause);
  count();
}

/** Ask what the text counts, once more when the answer before has come. */
async function count() {
  stale = asking;
  if (asking) return;
  asking = true;
  const asked = version;
  const answer = await post("counts", { text: text.value, ...state() });
  asking = false;
  if (answer?.page) {
    openPreview(answer.page, count);
    entitle(answer.name);
    shows = true;
  }
  if (answer) tell(answer);
  if (stale) return count();
  if (answer?.page && asked === version) {
    clearTimeout(pause);
    pause = window.setTimeout(program, REST);
  }
}

/** Ask for the page's programs, of one text at a time: from then on its controls ask nobody. */
async function program() {
  const asked = version;
  const of = `${version} ${at("vary").value}`;
  if (without.of === of) return say(without.said);
  if (outstanding?.of === of) return;
  outstanding?.abort.abort();
  const own = (outstanding = { of, abort: new AbortController() });
  const answer = await post("page", { text: text.value, vary: varied() }, own.abort.signal);
  if (outstanding === own) outstanding = null;
  if (asked !== version || !answer || own.abort.signal.aborted) return;
  if (answer.page) {
    if (whole) open(answer.page);
    else open(answer.page, link);
    whole = true;
    if (at("state").textContent === without.said) say("");
    return;
  }
  without = { of, said: answer.failed ? `the controls ask the engine each time, since ${answer.failed}` : answer.problems[0].said };
  say(without.said);
}

/** What the page shall offer beside what is usual. */
function varied() {
  return at("vary").value.split(/\s+/).filter(Boolean);
}

/** What the page's controls say. */
function state() {
  return whole ? chosen() : chosenIn(link);
}

/** Mark and list what is wrong. @param {{problems?: import("./text.js").Problem[], failed?: string, dropped?: string[]}} answer */
function tell(answer) {
  const problems = answer.problems ?? (answer.failed ? [{ line: null, column: null, said: answer.failed }] : []);
  text.mark(problems);
  const items = problems.map((problem) => {
    const place = problem.line === null ? [] : [element("button", { type: "button", click: () => text.show(problem) }, `line ${problem.line}:${problem.column}`), " "];
    return element("li", {}, ...place, problem.said);
  });
  fill(at("problems"), ...items);
  document.body.classList.toggle("refused", problems.length > 0);
  if (answer.dropped?.length) return say(`not counted, of what is chosen: ${answer.dropped.join("; ")}`);
  const meanwhile = shows ? "the page shows the network of before" : "the page is empty until the text has none";
  say(problems.length ? `${numberOf(problems.length, "problem")}; ${meanwhile}` : "");
}

/** @param {string} said */
function say(said) {
  if (at("state").textContent !== said) at("state").textContent = said;
}

/** @param {string} title */
function entitle(title) {
  name = title.replace(/[^\w.-]+/g, "_").slice(0, 60) || "network";
  document.title = `${title} – calc serve`;
  const heading = document.querySelector("main h1");
  if (heading) heading.textContent = title;
}

/**
 * Ask the server; null where it cannot answer, which is said, or where nobody waits for the answer.
 * @param {string} what
 * @param {any} body
 * @param {AbortSignal} [signal]
 */
async function post(what, body, signal) {
  try {
    const answer = await fetch(what, { method: "POST", body: body instanceof Blob ? body : JSON.stringify(body), signal });
    if (answer.ok) return await answer.json();
    say(`calc serve says: ${await answer.text()}`);
  } catch {
    if (!signal?.aborted) say("calc serve has ended; the text is still here, to download as YAML");
  }
  return null;
}

/** @param {string} format */
async function download(format) {
  if (format === "yaml") return save(text.value, `${name}.yaml`);
  say("…");
  const opens = format !== "html" ? "" : whole ? fragmentNow() : link;
  const answer = await post("download", { text: text.value, ...state(), format, vary: varied(), opens });
  if (!answer) return;
  tell(answer);
  if (answer.text) save(answer.text, format === "policy" ? `${name}_policy.yaml` : `${name}.${format}`);
}

/** @param {string} content @param {string} file */
function save(content, file) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content])), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Put another text in place of all, with what is to say of it. @param {string} other @param {string[]} notes */
function put(other, notes = []) {
  at("notes").textContent = notes.join("\n");
  text.replace(other);
}

/** Take a file that was dropped or chosen: a spec as it is, anything else as what the server makes of it. @param {File} file */
async function take(file) {
  at("again").hidden = true;
  if (/\.ya?ml$/i.test(file.name)) return put(await file.text());
  if (!/\.(onnx|json)$/i.test(file.name)) return say(`${file.name}: a spec ends in .yaml; a file to import ends in .onnx or .json`);
  dropped = file;
  say(`importing ${file.name}`);
  const sizes = encodeURIComponent(at("sizes").value.trim());
  const answer = await post(`import/${encodeURIComponent(file.name)}?sizes=${sizes}`, file);
  if (!answer) return;
  if (answer.text) {
    put(answer.text, answer.notes);
    return;
  }
  tell(answer);
  at("again").hidden = !/\.onnx$/i.test(file.name);
}

/** @param {string} value the number of a given text, or the name of a packaged one */
async function begin(value) {
  if (!value) return;
  if (value in texts) return put(texts[value].text);
  const answer = await fetch(`packaged/${encodeURIComponent(value)}`).catch(() => null);
  if (answer?.ok) put(await answer.text());
  else say("calc serve has ended");
}

const options = (/** @type {[string, string][]} */ pairs) => pairs.map(([value, label]) => element("option", { value }, label));
fill(
  at("begin"),
  element("option", { value: "" }, "…"),
  element("optgroup", { label: "given" }, ...options(texts.map((/** @type {any} */ each, /** @type {number} */ number) => [String(number), each.name]))),
  element("optgroup", { label: "packaged" }, ...options(packaged.map((/** @type {string} */ each) => [each, each]))),
);
at("vary").value = sessionStorage.getItem(KEPT_VARY) ?? "";
at("vary").addEventListener("change", () => {
  sessionStorage.setItem(KEPT_VARY, at("vary").value);
  program();
});
at("begin").addEventListener("change", () => begin(at("begin").value));
at("import").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", () => at("file").files[0] && take(at("file").files[0]));
at("retry").addEventListener("click", () => dropped && take(dropped));
for (const button of document.querySelectorAll("[data-download]")) {
  button.addEventListener("click", () => download(button.getAttribute("data-download") ?? ""));
}
const dropping = (/** @type {boolean} */ is) => document.body.classList.toggle("dropping", is);
window.addEventListener("dragover", (event) => {
  event.preventDefault();
  dropping(true);
});
window.addEventListener("dragleave", (event) => event.relatedTarget === null && dropping(false));
window.addEventListener("drop", (event) => {
  event.preventDefault();
  dropping(false);
  const [file] = event.dataTransfer?.files ?? [];
  if (file) take(file);
});

text.replace(sessionStorage.getItem(KEPT) ?? texts[0].text);
