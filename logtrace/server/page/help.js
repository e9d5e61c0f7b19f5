// Keys and signs.

import { h } from "./dom.js";

const KEYS = [
  ["f  b", "next and previous span"], ["e  E", "next and previous error"], ["← →  a d", "move the window of time; with shift: further"],
  ["+ −  ↑ ↓", "narrow and widen it"], ["[  ]", "unfold all, fold all"], ["o  p", "unfold and fold one level"],
  ["Enter", "fold or unfold the span"], ["Ctrl B", "find in the trace"], ["n  N", "next and previous find"], ["Esc", "close, clear"],
];
const SIGNS = [
  ["━", "under a bar: on the critical path, what the request waited for"], ["✕", "failed: a status or an error field says so"],
  ["!", "only a log line of level error says so"], ["┄", "no line names the parent: it is inferred"],
  ["┈", "inferred, and less than 80 % sure"], ["≥", "at least so long: no line tells both ends"],
];

/** Shows them until it is closed. */
export function helpDialog() {
  const list = (pairs) => h("div", { class: "keys" }, pairs.map(([key, told]) => [h("kbd", {}, key), h("span", {}, told)]));
  const dialog = h("dialog", { "aria-label": "Keys and signs", onclose: () => dialog.remove() },
    h("h1", {}, "Keys in a trace"), list(KEYS), h("h1", {}, "Signs"), list(SIGNS),
    h("form", { method: "dialog" }, h("button", { class: "main" }, "Close")));
  document.body.append(dialog);
  dialog.showModal();
}
