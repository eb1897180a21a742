// The text that is edited: CodeMirror with the marks of problems, and nothing that reads HTML.

import {
  EditorState, EditorView, HighlightStyle, bracketMatching, defaultKeymap, drawSelection, highlightActiveLine,
  highlightSpecialChars, history, historyKeymap, indentUnit, keymap, lineNumbers, lintGutter, lintKeymap, search, searchKeymap,
  setDiagnostics, syntaxHighlighting, tags, yaml,
} from "./codemirror.js";

/**
 * @typedef {object} Problem
 * @property {number | null} line of the text, from 1; null for one that is elsewhere
 * @property {number | null} column in characters, from 1
 * @property {string} said
 */

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: "light-dark(#0550AE, #79C0FF)" },
  { tag: [tags.string, tags.content], color: "light-dark(#0A3069, #A5D6FF)" },
  { tag: [tags.number, tags.bool, tags.null], color: "light-dark(#953800, #FFA657)" },
  { tag: tags.comment, color: "light-dark(#57606A, #9DA7B1)", fontStyle: "italic" },
  { tag: [tags.labelName, tags.typeName, tags.meta], color: "light-dark(#6639BA, #D2A8FF)" },
]);
const LOOK = EditorView.theme({
  "&": { color: "CanvasText", backgroundColor: "Canvas" },
  ".cm-content": { caretColor: "CanvasText", fontFamily: "ui-monospace, monospace" },
  ".cm-cursor": { borderLeftColor: "CanvasText" },
  ".cm-scroller": { overflow: "auto", lineHeight: "1.45" },
  ".cm-gutters": { backgroundColor: "Canvas", color: "light-dark(#57606A, #9DA7B1)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "light-dark(#0000000A, #FFFFFF14)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "light-dark(#B6D7FF, #264F78)" },
  ".cm-panels, .cm-tooltip": { backgroundColor: "Canvas", color: "CanvasText", border: "1px solid var(--line)" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap", maxWidth: "32rem" },
  "&.cm-focused": { outline: "none" },
});

export class Text {
  /**
   * @param {HTMLElement} parent
   * @param {string} nonce with which the style sheets of the editor are let in
   * @param {() => void} changed called after each change
   */
  constructor(parent, nonce, changed) {
    const told = EditorView.updateListener.of((/** @type {any} */ update) => update.docChanged && changed());
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          EditorView.cspNonce.of(nonce), lineNumbers(), lintGutter(), history(), drawSelection(), highlightActiveLine(),
          highlightSpecialChars(), bracketMatching(), indentUnit.of("  "), yaml(), syntaxHighlighting(COLOURS), search(), LOOK, told,
          EditorView.contentAttributes.of({ "aria-label": "The spec, in YAML", spellcheck: "false" }),
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
        ],
      }),
    });
  }

  /** @returns {string} */
  get value() {
    return this.view.state.doc.toString();
  }

  /** Put other text in place of all; what was there comes back by undoing it. @param {string} text */
  replace(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 }, scrollIntoView: true });
  }

  /** Mark the problems that are in the text. @param {Problem[]} problems */
  mark(problems) {
    const marks = problems.filter((problem) => problem.line !== null).map((problem) => {
      const [from, to] = this.span(problem);
      return { from, to, severity: "error", message: problem.said };
    });
    this.view.dispatch(setDiagnostics(this.view.state, marks.sort((a, b) => a.from - b.from)));
  }

  /** Put the cursor where a problem is. @param {Problem} problem */
  show(problem) {
    const [from] = this.span(problem);
    this.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.view.focus();
  }

  /** The word at the place of a problem. @param {Problem} problem @returns {[number, number]} */
  span({ line, column }) {
    const doc = this.view.state.doc;
    const found = doc.line(Math.min(Math.max(line ?? 1, 1), doc.lines));
    const before = [...found.text].slice(0, (column ?? 1) - 1).join("").length; // columns are characters, not UTF-16
    const from = found.from + Math.min(before, found.length);
    const word = /^[^\s,:{}[\]]+/.exec(found.text.slice(from - found.from))?.[0].length ?? 1;
    return [from, Math.min(from + word, found.to)];
  }
}
