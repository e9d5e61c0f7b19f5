// The whole trace in a strip; dragging over it chooses a window of time, a double click shows all again.

import { h } from "./dom.js";
import { colour } from "./theme.js";

const MOST_LINES = 4000;

/** {element, draw, close} over a model; chosen(from, to) is called with nanoseconds from the start. */
export function minimap(model, chosen) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const element = h("div", { class: "minimap", title: "Drag to choose a time; double-click for all" }, canvas);
  let drag = null;
  const at = (event) => Math.min(Math.max((event.clientX - element.getBoundingClientRect().left) / element.clientWidth, 0), 1) * model.whole[1];
  element.addEventListener("pointerdown", (event) => { drag = [at(event), at(event)]; element.setPointerCapture(event.pointerId); });
  element.addEventListener("pointermove", (event) => { if (drag) { drag[1] = at(event); draw(); } });
  element.addEventListener("pointerup", () => {
    const [from, to] = drag ? [...drag].sort((a, b) => a - b) : [0, 0];
    drag = null;
    if (to - from > model.whole[1] / 500) chosen(from, to); else draw();
  });
  element.addEventListener("dblclick", () => chosen(...model.whole));
  const draw = () => paint(canvas, model, drag);
  const watch = new ResizeObserver(draw);
  watch.observe(element);
  addEventListener("themechange", draw);
  return { element, draw, close: () => { watch.disconnect(); removeEventListener("themechange", draw); } };
}

function paint(canvas, model, drag) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width) return;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const { spans, whole } = model;
  const colours = Array.from({ length: 8 }, (_, i) => colour(`s${i}`));
  const every = Math.max(1, Math.ceil(model.size / MOST_LINES));
  const step = (height - 6) / Math.max(model.size, 14);
  const thick = Math.max(1, Math.min(step - 0.5, 4));
  for (let i = 0; i < model.size; i += every) {
    if (spans.at[i] === null) continue;
    pen.fillStyle = colours[spans.service[i] % 8];
    pen.fillRect((spans.at[i] / whole[1]) * width, 3 + i * step, Math.max(1, ((spans.duration[i] || 0) / whole[1]) * width), thick);
  }
  pen.fillStyle = colour("error");
  for (const i of model.errors) if (spans.at[i] !== null) pen.fillRect((spans.at[i] / whole[1]) * width - 1, 3 + i * step - 1, 3, Math.max(3, thick + 1));
  veil(pen, drag ? [...drag].sort((a, b) => a - b) : model.window, whole[1], width, height);
}

function veil(pen, [from, to], all, width, height) {
  if (from <= 0 && to >= all) return;
  const [left, right] = [(from / all) * width, (to / all) * width];
  pen.globalAlpha = 0.7;
  pen.fillStyle = colour("sunk");
  pen.fillRect(0, 0, left, height);
  pen.fillRect(right, 0, width - right, height);
  pen.globalAlpha = 1;
  pen.fillStyle = colour("accent");
  pen.fillRect(left - 1, 0, 2, height);
  pen.fillRect(right - 1, 0, 2, height);
}
