// What an answer left out because it would have been too long.

import { h } from "./dom.js";

/** A button that asks for more until nothing is left; add(answer) shows what came. Null where an answer is whole. */
export function rest(found, ask, add) {
  if (found.next === null || found.next === undefined) return null;
  const button = h("button", { class: "rest", onclick: async () => {
    button.disabled = true;
    const more = await ask(found.next).catch(() => null);
    button.disabled = false;
    if (!more) return;
    add(more);
    button.replaceWith(rest(more, ask, add) || "");
  } }, "Show more");
  return button;
}
