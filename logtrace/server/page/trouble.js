// What is said where there is no answer.

import { h, fill } from "./dom.js";

/** Runs a question; shows that it is waited for, and what went wrong. Gives null where it did, or nobody waits any more. */
export async function asked(place, question, signal) {
  const waiting = setTimeout(() => fill(place, h("p", { class: "wait", role: "status" }, "Looking…")), 150);
  try {
    return await question();
  } catch (error) {
    if (!signal || !signal.aborted) fill(place, trouble(error));
    return null;
  } finally {
    clearTimeout(waiting);
  }
}

/** An error with its hint. */
export function trouble(error) {
  return h("div", { class: "note error", role: "alert" }, error.message, error.hint ? `\n${error.hint}` : null);
}
