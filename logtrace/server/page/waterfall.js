// The waterfall: as many rows as fit are elements, whatever the number of spans; scrolling gives them other spans.

import { h } from "./dom.js";
import { duration, many } from "./format.js";
import { visible } from "./visible.js";
import { BOUND, GUESSED, INFERRED, OPEN, PHANTOM, UNSURE } from "./model.js";

const ROW = 24, INDENT = 14, ROOT = 9, DEEPEST = 28, SPARE = 8, MOST_SECTIONS = 40;

export class Waterfall {
  /** on.select(span) and on.change() are called when somebody does something. */
  constructor(model, on) {
    this.model = model;
    this.on = on;
    this.selected = -1;
    this.pool = [];
    this.sizer = h("div", { class: "sizer", role: "rowgroup" });
    this.tree = h("div", { class: "tree", role: "treegrid", tabindex: "0", "aria-label": "Spans", "aria-colcount": "2",
      onkeydown: (event) => this.key(event), onscroll: () => this.later() }, this.sizer);
    this.times = h("div", { class: "times", "aria-hidden": "true" });
    this.element = h("div", { class: "fall" }, h("div", { class: "axis" }, h("div", { class: "names" }, "service, operation", this.grip()), this.times), this.tree);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.tree);
  }

  close() { this.watch.disconnect(); }

  grip() {
    const width = () => parseInt(getComputedStyle(this.element).getPropertyValue("--names"), 10);
    const set = (pixels) => this.element.style.setProperty("--names", `${Math.max(90, Math.min(pixels, this.element.clientWidth - 120))}px`);
    queueMicrotask(() => set(matchMedia("(max-width: 760px)").matches ? 150 : 340));
    const grip = h("button", { class: "grip", "aria-label": "Width of the names: left and right arrow keys", onkeydown: (event) => {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") { set(width() + (event.key === "ArrowLeft" ? -20 : 20)); event.stopPropagation(); }
    } });
    grip.addEventListener("pointerdown", (event) => {
      const [from, was] = [event.clientX, width()];
      grip.setPointerCapture(event.pointerId);
      grip.onpointermove = (move) => set(was + move.clientX - from);
      grip.onpointerup = () => { grip.onpointermove = null; };
    });
    return grip;
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
  }

  /** Puts the spans that are in sight into the rows that there are. */
  draw() {
    const { rows } = this.model;
    this.sizer.style.height = `${rows.length * ROW}px`;
    this.tree.setAttribute("aria-rowcount", rows.length);
    const first = Math.max(0, Math.floor(this.tree.scrollTop / ROW) - SPARE);
    const last = Math.min(rows.length, Math.ceil((this.tree.scrollTop + this.tree.clientHeight) / ROW) + SPARE);
    while (this.pool.length < last - first) this.pool.push(this.made());
    for (let i = 0; i < this.pool.length; i++) {
      const row = this.pool[i];
      const place = first + ((i - first) % this.pool.length + this.pool.length) % this.pool.length;  // a row keeps its span while that is in sight
      if (place >= last) { row.element.hidden = true; row.span = -1; continue; }
      row.element.hidden = false;
      this.set(row, rows[place], place);
    }
    this.axis();
    const active = this.pool.find((row) => row.span === this.selected && !row.element.hidden);
    if (active) this.tree.setAttribute("aria-activedescendant", active.element.id); else this.tree.removeAttribute("aria-activedescendant");
  }

  made() {
    const part = {
      indent: h("span", { class: "indent" }), edge: h("span", { class: "edge" }), fold: h("span", { class: "fold", "aria-hidden": "true" }),
      stripe: h("span", { class: "stripe" }), service: h("span", { class: "service" }), op: h("span", { class: "op" }), sign: h("span", { class: "sign" }),
      bar: h("span", { class: "bar" }), took: h("span", { class: "took" }),
    };
    part.name = h("div", { class: "name", role: "gridcell" }, part.indent, part.edge, part.fold, part.stripe, part.service, part.op, part.sign);
    part.lane = h("div", { class: "lane", role: "gridcell" }, part.bar, part.took);
    part.element = h("div", { class: "row", role: "row", id: `row-${this.pool.length}` }, part.name, part.lane);
    part.sections = [];
    part.element.addEventListener("click", (event) => {
      if (event.target === part.fold) this.toggle(part.span); else this.on.select(part.span);
    });
    part.element.addEventListener("dblclick", () => this.toggle(part.span));
    this.sizer.append(part.element);
    return part;
  }

  set(row, span, place) {
    const { model } = this;
    const { spans } = model;
    const depth = Math.min(spans.depth[span], DEEPEST);
    const inferred = model.is(span, INFERRED), unsure = model.is(span, UNSURE), phantom = model.is(span, PHANTOM);
    const folded = model.folded.has(span), leaf = !model.hasChildren(span), failed = spans.error[span] === 2;
    row.span = span;
    row.element.style.transform = `translateY(${place * ROW}px)`;
    row.element.className = ["row", failed && "failed", phantom && "phantom", model.is(span, BOUND) && "bound", model.is(span, GUESSED) && "guessed",
      model.found.has(span) && "found", model.found.size && !model.found.has(span) && "dim"].filter(Boolean).join(" ");
    row.indent.style.width = `${depth ? (depth - 1) * INDENT + ROOT : 0}px`;
    row.edge.className = `edge ${!depth ? "none" : unsure ? "unsure" : inferred ? "inferred" : ""}`;
    row.fold.className = leaf ? "fold leaf" : "fold";
    row.fold.textContent = folded ? "▸" : "▾";
    row.stripe.className = `stripe s${spans.service[span] % 8}`;
    row.service.textContent = visible(model.service(span));
    row.op.textContent = phantom ? "left no line" : visible(model.name(span)) || "unnamed";
    row.sign.textContent = sign(model, span, folded);
    row.sign.className = spans.error[span] || (folded && model.below[span]) ? "sign error" : "sign faint";
    this.place(row, span);
    const aria = row.element;
    aria.setAttribute("aria-level", spans.depth[span] + 1);
    aria.setAttribute("aria-rowindex", place + 1);
    aria.setAttribute("aria-selected", String(span === this.selected));
    if (leaf) aria.removeAttribute("aria-expanded"); else aria.setAttribute("aria-expanded", String(!folded));
    row.name.title = visible(told(model, span, inferred));
  }

  place(row, span) {
    const { spans } = this.model;
    const [from, to] = this.model.window;
    const at = spans.at[span], length = spans.duration[span];
    const scale = 100 / (to - from);
    const left = at === null ? 0 : (at - from) * scale, width = (length || 0) * scale;
    row.bar.hidden = at === null || left > 100 || left + width < 0;
    row.bar.className = `bar s${spans.service[span] % 8}`;
    const [start, end] = [Math.max(left, -1), Math.min(left + width, 101)];
    row.bar.style.left = `${start}%`;
    row.bar.style.width = `${Math.max(end - start, 0)}%`;
    row.took.textContent = at === null ? "no time" : `${this.model.is(span, BOUND) ? "≥ " : ""}${this.model.is(span, OPEN) ? "open" : duration(length)}`;
    const behind = end < 86, inside = !behind && left < 14;
    row.took.className = inside ? "took inside" : "took";
    row.took.style.left = behind ? `${Math.max(end, 0)}%` : "auto";
    row.took.style.right = inside ? "0" : behind ? "auto" : `${100 - Math.max(left, 0)}%`;
    this.sectionsOf(row, span, from, scale);
  }

  sectionsOf(row, span, from, scale) {
    const found = this.model.sections.get(span) || [];
    const shown = found.length > MOST_SECTIONS ? [] : found;
    while (row.sections.length < shown.length) row.sections.push(row.lane.appendChild(h("span", { class: "crit" })));
    row.sections.forEach((mark, i) => {
      mark.hidden = i >= shown.length;
      if (mark.hidden) return;
      mark.style.left = `${(shown[i][0] - from) * scale}%`;
      mark.style.width = `${shown[i][1] * scale}%`;
    });
  }

  axis() {
    const [from, to] = this.model.window;
    const marks = this.times.clientWidth > 520 ? 5 : 2;
    if (this.times.children.length !== marks) this.times.replaceChildren(...Array.from({ length: marks }, () => h("span")));
    [...this.times.children].forEach((mark, i) => {
      mark.style.left = `${(100 * i) / marks}%`;
      mark.textContent = duration(from + ((to - from) * i) / marks);
    });
  }

  toggle(span) {
    this.model.fold(span, !this.model.folded.has(span));
    this.draw();
    this.on.change();
  }

  /** Marks a span and brings it into sight. */
  select(span) {
    this.selected = span;
    if (span >= 0) {
      if (this.model.rowOf(span) < 0) { this.model.reveal(span); this.on.change(); }
      this.sizer.style.height = `${this.model.rows.length * ROW}px`;
      const top = this.model.rowOf(span) * ROW;
      if (top < this.tree.scrollTop || top + ROW > this.tree.scrollTop + this.tree.clientHeight) {
        this.tree.scrollTop = top - this.tree.clientHeight / 3;
      }
    }
    this.draw();
  }

  /** The arrow keys of a tree. */
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { model } = this;
    const row = model.rowOf(this.selected), page = Math.max(1, Math.floor(this.tree.clientHeight / ROW) - 1);
    const to = { ArrowDown: row + 1, ArrowUp: row - 1, PageDown: row + page, PageUp: row - page, Home: 0, End: model.rows.length - 1 }[event.key];
    if (to !== undefined) this.on.select(model.rows[Math.min(Math.max(to, 0), model.rows.length - 1)]);
    else if (event.key === "ArrowRight" && row >= 0 && model.folded.has(this.selected)) this.toggle(this.selected);
    else if (event.key === "ArrowRight" && row >= 0 && model.hasChildren(this.selected)) this.on.select(model.rows[row + 1]);
    else if (event.key === "ArrowLeft" && row >= 0 && model.hasChildren(this.selected) && !model.folded.has(this.selected)) this.toggle(this.selected);
    else if (event.key === "ArrowLeft" && row >= 0 && model.spans.parent[this.selected] >= 0) this.on.select(model.spans.parent[this.selected]);
    else if (event.key === "Enter" && row >= 0) this.toggle(this.selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function sign(model, span, folded) {
  const own = model.spans.error[span] === 2 ? "✕" : model.spans.error[span] ? "!" : "";
  if (!folded) return own;
  const hidden = model.ends[span] - span - 1;
  return `${own} +${hidden}${model.below[span] ? `, ${model.below[span]} ✕` : ""}`.trim();
}

function told(model, span, inferred) {
  const where = inferred ? ` · parent inferred, ${model.spans.confidence[span]} % sure` : "";
  const lines = model.spans.lines[span];
  const message = model.spans.message[span];
  return `${model.service(span)}: ${model.name(span)} · ${duration(model.spans.duration[span])}${where}${lines ? ` · ${many(lines, "line")}` : ""}${message ? `\n${message}` : ""}`;
}
