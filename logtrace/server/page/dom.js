// Building the page. Text becomes text nodes, never markup: log content can't be anything else. What can't be seen in it is escaped.

import { visible } from "./visible.js";

const READ = ["title", "aria-label", "placeholder"];

/** An element with properties (class, on…, aria-…, data-…, attributes) and children; null and false are left out. */
export function h(tag, props, ...children) {
  return filled(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function filled(element, props, children) {
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : READ.includes(key) ? visible(String(value)) : String(value));
  }
  put(element, children);
  return element;
}

/** Adds children to an element. */
export function put(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : visible(String(child)));
  }
  return element;
}

/** Replaces all children of an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  return put(element, children);
}
