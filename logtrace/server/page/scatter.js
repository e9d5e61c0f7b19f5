// Start against duration, a mark a trace. Failed ones are crosses, so that colour is not needed to tell them.

import { h } from "./dom.js";
import { go } from "./state.js";
import { colour } from "./theme.js";
import { duration, instant, many } from "./format.js";
import { visible } from "./visible.js";

const EDGE = { left: 52, right: 14, top: 10, bottom: 20 };

/** The picture of some traces; a click opens the nearest. */
export function scatter(traces) {
  const shown = traces.filter((each) => each.start_ns !== null && each.duration_ns !== null);
  const canvas = h("canvas", { role: "img", "aria-label": `Duration of ${many(shown.length, "trace")} over time; the list below has the same` });
  const tip = h("div", { class: "tip", hidden: true });
  const place = h("div", { class: "scatter" }, canvas, tip);
  const near = (event) => nearest(points(shown, canvas), event.offsetX, event.offsetY);
  canvas.addEventListener("mousemove", (event) => tell(tip, near(event), canvas));
  canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => {
    const found = near(event);
    if (found) go(`trace/${encodeURIComponent(found.trace.trace_id)}`);
  });
  const redraw = () => (canvas.isConnected ? draw(canvas, shown) : null);
  new ResizeObserver(redraw).observe(canvas);
  addEventListener("themechange", redraw);
  return place;
}

function scales(shown, canvas) {
  const starts = shown.map((each) => each.start_ns);
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  const lengths = shown.map((each) => Math.log10(Math.max(each.duration_ns, 1e3)));
  const [low, high] = [Math.min(...lengths) - 0.1, Math.max(...lengths) + 0.1];
  const [width, height] = [canvas.clientWidth - EDGE.left - EDGE.right, canvas.clientHeight - EDGE.top - EDGE.bottom];
  return {
    first, last, low, high,
    x: (start) => EDGE.left + (last > first ? ((start - first) / (last - first)) * width : width / 2),
    y: (length) => EDGE.top + height - ((Math.log10(Math.max(length, 1e3)) - low) / (high - low)) * height,
  };
}

function points(shown, canvas) {
  const at = scales(shown, canvas);
  return shown.map((trace) => ({ trace, x: at.x(trace.start_ns), y: at.y(trace.duration_ns), r: Math.min(9, 2.5 + Math.sqrt(trace.spans) / 2.5) }));
}

function nearest(found, x, y) {
  const [best] = found.map((each) => ({ ...each, far: Math.hypot(each.x - x, each.y - y) })).sort((a, b) => a.far - b.far);
  return best && best.far < 16 ? best : null;
}

function tell(tip, found, canvas) {
  tip.hidden = !found;
  canvas.style.cursor = found ? "pointer" : "default";
  if (!found) return;
  tip.textContent = visible(`${found.trace.root_service}: ${found.trace.root_operation} · ${duration(found.trace.duration_ns)}`);
  tip.style.left = `${Math.min(found.x + 10, Math.max(0, canvas.clientWidth - 330))}px`;
  tip.style.top = `${Math.max(0, found.y - 26)}px`;
}

function draw(canvas, shown) {
  if (!shown.length) return;
  const ratio = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const at = scales(shown, canvas);
  pen.font = "11px system-ui, sans-serif";
  pen.strokeStyle = colour("grid");
  pen.fillStyle = colour("faint");
  pen.textAlign = "right";
  const every = at.high - at.low > 4 ? 2 : 1;
  for (let power = Math.ceil(at.low); power <= at.high; power += every) {
    const y = Math.round(at.y(10 ** power)) + 0.5;
    pen.beginPath();
    pen.moveTo(EDGE.left, y);
    pen.lineTo(canvas.clientWidth - EDGE.right, y);
    pen.stroke();
    pen.fillText(duration(10 ** power), EDGE.left - 6, y + 4);
  }
  pen.textAlign = "left";
  pen.fillText(instant(Math.round(at.first)).slice(0, 19), EDGE.left, canvas.clientHeight - 6);
  pen.textAlign = "right";
  pen.fillText(instant(Math.round(at.last)).slice(0, 19), canvas.clientWidth - EDGE.right, canvas.clientHeight - 6);
  for (const { trace, x, y, r } of points(shown, canvas)) trace.errors ? cross(pen, x, y, r) : ring(pen, x, y, r);
}

function ring(pen, x, y, r) {
  pen.globalAlpha = 0.55;
  pen.fillStyle = colour("s0");
  pen.beginPath();
  pen.arc(x, y, r, 0, 7);
  pen.fill();
  pen.globalAlpha = 1;
}

function cross(pen, x, y, r) {
  pen.strokeStyle = colour("error");
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x - r, y - r);
  pen.lineTo(x + r, y + r);
  pen.moveTo(x + r, y - r);
  pen.lineTo(x - r, y + r);
  pen.stroke();
  pen.lineWidth = 1;
}
