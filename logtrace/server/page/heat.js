// How many requests took how long, over time. A cell with failed requests has a corner cut in; a click searches for it.

import { h } from "./dom.js";
import { go } from "./state.js";
import { colour } from "./theme.js";
import { count, duration, instant } from "./format.js";

const EDGE = { left: 58, right: 10, top: 8, bottom: 20 };

/** The picture; null where there is nothing to show. */
export function heatmap(found) {
  if (found.cells.length < 2) return null;
  const total = found.cells.reduce((sum, cell) => sum + cell[2], 0);
  const canvas = h("canvas", { role: "img", "aria-label": `How long ${count(total)} requests took, from ${instant(found.since_ns).slice(0, 16)} to ${instant(found.until_ns).slice(0, 16)}` });
  const place = h("div", { class: "heat" }, canvas);
  const redraw = () => (canvas.isConnected ? draw(canvas, found) : null);
  new ResizeObserver(redraw).observe(canvas);
  addEventListener("themechange", redraw);
  const under = (event) => {
    const at = grid(found, canvas);
    const [column, row] = [Math.floor((event.offsetX - EDGE.left) / at.wide), at.high - Math.floor((event.offsetY - EDGE.top) / at.tall)];
    return found.cells.find((cell) => cell[0] === column && cell[1] === row);
  };
  canvas.addEventListener("mousemove", (event) => {
    const cell = under(event);
    canvas.style.cursor = cell ? "pointer" : "default";
    canvas.title = cell ? `${count(cell[2])} requests of ${duration(length(found, cell[1]))} and more${cell[3] ? `, ${count(cell[3])} with an error` : ""}` : "";
  });
  canvas.addEventListener("click", (event) => {
    const cell = under(event);
    if (cell) go("search", asked(found, cell));
  });
  return place;
}

function length(found, row) {
  return 10 ** (row / found.rows_per_decade);
}

/** The search for the requests of a cell. */
function asked(found, [column, row]) {
  const since = BigInt(found.since_ns), width = (BigInt(found.until_ns) - since) / BigInt(found.columns);
  const iso = (ns) => `${new Date(Number(ns / 1000000n)).toISOString()}`;
  const from = since + width * BigInt(column);
  return { since: iso(from), until: iso(from + width + 1000000n), min_trace_ns: `${Math.ceil(length(found, row))}ns`, max_trace_ns: `${Math.ceil(length(found, row + 1))}ns`, sort: "slowest" };
}

function grid(found, canvas) {
  const rows = found.cells.map((cell) => cell[1]);
  const [low, high] = [rows.reduce((a, b) => Math.min(a, b)), rows.reduce((a, b) => Math.max(a, b))];
  return { low, high, wide: (canvas.clientWidth - EDGE.left - EDGE.right) / found.columns, tall: (canvas.clientHeight - EDGE.top - EDGE.bottom) / (high - low + 1) };
}

function draw(canvas, found) {
  const ratio = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const at = grid(found, canvas);
  const most = found.cells.reduce((sum, cell) => Math.max(sum, cell[2]), 1);
  for (const [column, row, number, failed] of found.cells) {
    const [x, y] = [EDGE.left + column * at.wide, EDGE.top + (at.high - row) * at.tall];
    pen.globalAlpha = 0.15 + 0.85 * (Math.log(number + 1) / Math.log(most + 1));
    pen.fillStyle = colour("s0");
    pen.fillRect(x, y, Math.max(1, at.wide - 1), Math.max(1, at.tall - 1));
    if (failed) corner(pen, x, y, Math.min(at.wide, at.tall, 9) - 1);
  }
  pen.globalAlpha = 1;
  scale(pen, found, at, canvas);
}

function corner(pen, x, y, size) {
  pen.globalAlpha = 1;
  pen.fillStyle = colour("error");
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + size, y);
  pen.lineTo(x, y + size);
  pen.fill();
}

function scale(pen, found, at, canvas) {
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = colour("faint");
  pen.textAlign = "right";
  const every = Math.max(1, Math.ceil(16 / at.tall));
  for (let row = at.low; row <= at.high; row += every) pen.fillText(duration(length(found, row)), EDGE.left - 6, EDGE.top + (at.high - row + 1) * at.tall);
  pen.textAlign = "left";
  pen.fillText(instant(found.since_ns).slice(0, 16), EDGE.left, canvas.clientHeight - 6);
  pen.textAlign = "right";
  pen.fillText(instant(found.until_ns).slice(0, 16), canvas.clientWidth - EDGE.right, canvas.clientHeight - 6);
}
