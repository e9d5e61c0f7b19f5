// Light and dark: as the system has it, until somebody says otherwise.

import { h } from "./dom.js";

const wanted = matchMedia("(prefers-color-scheme: dark)");

function stored() {
  try { return localStorage.getItem("theme"); } catch { return null; }
}

function apply() {
  document.documentElement.dataset.theme = stored() || (wanted.matches ? "dark" : "light");
  dispatchEvent(new Event("themechange"));
}

/** The button that turns one into the other. */
export function themeButton() {
  return h("button", { class: "quiet", "aria-label": "Light or dark", title: "Light or dark", onclick: () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", next); } catch { /* then until the page is left */ }
    document.documentElement.dataset.theme = next;
    dispatchEvent(new Event("themechange"));
  } }, "◐");
}

/** The value of a colour of the current theme, for what is drawn on a canvas. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

wanted.addEventListener("change", apply);
apply();
