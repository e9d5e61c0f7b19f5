// One trace: its head, the waterfall with minimap and detail, its log lines, its errors, its numbers.

import { h, fill } from "./dom.js";
import { keep, link } from "./state.js";
import { asked } from "./trouble.js";
import { count, duration, instant, many } from "./format.js";
import { Model } from "./model.js";
import { foldText, foldsOf } from "./folds.js";
import { Waterfall } from "./waterfall.js";
import { minimap } from "./minimap.js";
import { detail } from "./detail.js";
import { errorsOf, linesOf, numbersOf } from "./tabs.js";
import { traceKeys } from "./keys.js";
import { visible } from "./visible.js";

const TABS = [["timeline", "Timeline"], ["logs", "Log lines"], ["errors", "Errors"], ["numbers", "Numbers"]];

/** The view of a source (see api.js); gives what closes it. */
export function traceView(view, source, query) {
  const leaving = new AbortController();
  const shown = new TraceView(view, source, query, leaving.signal);
  shown.open();
  return () => { leaving.abort(); shown.close(); };
}

class TraceView {
  constructor(view, source, query, signal) {
    Object.assign(this, { view, source, query, signal, tab: query.get("tab") || "timeline", loading: null });
  }

  async open() {
    const trace = await asked(this.view, () => this.source.trace(this.query.get("raw") === "true", this.signal), this.signal);
    if (!trace || this.signal.aborted) return;
    this.model = new Model(trace);
    this.fall = new Waterfall(this.model, { select: (span) => this.select(span), change: () => this.changed() });
    this.map = minimap(this.model, (from, to) => this.zoom(from, to));
    this.side = h("aside", { class: "detail", "aria-label": "Span", hidden: true });
    this.place = h("div", { class: "page", role: "tabpanel", tabindex: "0" });
    this.split = h("div", { class: "split" }, this.fall.element, this.side);
    fill(this.view, h("div", { class: "trace" }, head(trace, this.model, this), this.tools(), this.map.element, this.split, this.place));
    document.title = visible(`${title(this.model)} · logtrace`);
    this.restore();
    this.show(this.tab);
    this.keys = traceKeys(this);
  }

  close() {
    if (!this.fall) return;
    this.fall.close();
    this.map.close();
    this.keys();
  }

  tools() {
    this.tabs = TABS.map(([name, told]) => h("button", { role: "tab", "aria-selected": "false", onclick: () => this.show(name) }, told));
    this.box = h("input", { type: "search", placeholder: "find (Ctrl B)", "aria-label": "Find spans", value: this.query.get("find") || "", oninput: () => this.find() });
    this.hits = h("span", { class: "count", role: "status" });
    const button = (told, title, act) => h("button", { title, "aria-label": title, onclick: act }, told);
    return h("div", { class: "tools" }, h("div", { role: "tablist", "aria-label": "What to show" }, this.tabs), h("span", { class: "space" }),
      this.model.errors.length ? [button("✕ ‹", "Previous error (E)", () => this.step(this.model.errors, -1)), button("✕ ›", "Next error (e)", () => this.step(this.model.errors, 1))] : null,
      this.box, this.hits, button("‹", "Previous find (N)", () => this.stepFound(-1)), button("›", "Next find (n)", () => this.stepFound(1)),
      button("−", "Fold all (])", () => this.folding(() => this.model.foldAll(true))), button("+", "Unfold all ([)", () => this.folding(() => this.model.foldAll(false))),
      button("⤢", "All of the time", () => this.zoom(...this.model.whole)));
  }

  /** What the address says: window of time, folded spans, what is looked for, the span that is open. */
  restore() {
    const [from, to] = (this.query.get("zoom") || "").split("-").map(Number);
    if (to > from) this.model.zoom(from, to);
    this.model.folded = foldsOf(this.query.get("fold") || "", this.model);
    this.model.see();
    if (this.box.value) this.find();
    const span = this.model.spans.id.indexOf(this.query.get("span") || " ");
    if (span >= 0) this.select(span); else this.fall.draw();
  }

  show(name) {
    this.tab = name;
    const line = name === "timeline";
    this.split.hidden = !line;
    this.map.element.hidden = !line;
    this.place.hidden = line;
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-selected", String(TABS[i][0] === name)));
    keep({ tab: line ? null : name });
    if (line) { this.fall.draw(); this.map.draw(); } else {
      ({ logs: linesOf, errors: errorsOf, numbers: numbersOf })[name](this.place, this.source, this.model, (span) => { this.show("timeline"); this.select(span); }, this.signal);
    }
  }

  select(span) {
    if (span === undefined || span < 0) return;
    this.fall.select(span);
    keep({ span: this.model.spans.id[span] });
    if (this.loading) this.loading.abort();
    this.loading = new AbortController();
    this.signal.addEventListener("abort", () => this.loading.abort(), { once: true });
    this.side.hidden = false;
    clearTimeout(this.soon);  // whoever walks through spans with a key waits for the last alone
    this.soon = setTimeout(() => detail(this.side, this.source, this.model, span, {
      close: () => this.unselect(),
      share: this.source.alone ? null : (id) => new URL(link(`trace/${encodeURIComponent(this.model.trace.trace_id)}`, { span: id }), location.href).href,
      trace: this.source.alone ? null : (id, of) => link(`trace/${encodeURIComponent(id)}`, { span: of }),
    }, this.loading.signal), 60);
  }

  unselect() {
    this.side.hidden = true;
    this.fall.select(-1);
    keep({ span: null });
    this.fall.tree.focus();
  }

  /** The next (or previous) of some spans, in their order, behind the one that is open. */
  step(spans, by) {
    if (!spans.length) return;
    const now = spans.indexOf(this.fall.selected);
    this.show("timeline");
    this.select(spans[now < 0 ? (by > 0 ? 0 : spans.length - 1) : (now + by + spans.length) % spans.length]);
  }

  stepFound(by) { this.step([...this.model.found].sort((a, b) => a - b), by); }

  stepSpan(by) {
    const row = this.model.rowOf(this.fall.selected) + by;
    if (row >= 0 && row < this.model.rows.length) this.select(this.model.rows[row]);
  }

  zoom(from, to) {
    this.model.zoom(from, to);
    this.fall.draw();
    this.map.draw();
    keep({ zoom: this.model.isWhole() ? null : this.model.window.map(Math.round).join("-") });
  }

  folding(act) { act(); this.fall.draw(); this.changed(); }

  changed() { keep({ fold: foldText(this.model) }); }

  /** Names at once; attributes and lines as soon as the server has looked. */
  find() {
    const text = this.box.value.trim();
    keep({ find: text });
    this.model.found = text ? this.model.match(text) : new Set();
    this.tell(text);
    clearTimeout(this.looking);
    if (text) this.looking = setTimeout(async () => {
      const ids = await this.source.find(text, this.signal).catch(() => []);
      if (this.box.value.trim() !== text) return;
      const place = new Map(this.model.spans.id.map((id, i) => [id, i]));
      for (const id of ids) if (place.has(id)) this.model.found.add(place.get(id));
      this.tell(text);
    }, 250);
  }

  tell(text) {
    this.hits.textContent = text ? count(this.model.found.size) : "";
    this.fall.draw();
  }
}

function title(model) {
  const roots = model.spans.depth.flatMap((depth, i) => (depth === 0 ? [i] : []));
  const root = roots.find((i) => model.service(i)) ?? 0;
  return model.size ? `${model.service(root)}: ${model.name(root)}` : model.trace.trace_id;
}

function head(trace, model, view) {
  const deepest = model.spans.depth.reduce((most, depth) => Math.max(most, depth), 0) + 1;
  const inferred = model.spans.marks.reduce((sum, marks) => sum + (marks & 1), 0);
  const errors = model.errors.length;
  const told = [
    ["start", trace.has_times ? `${instant(trace.start_ns)} UTC` : "no line has a time"], ["took", duration(trace.duration_ns)],
    trace.logged.start_ns !== trace.start_ns || trace.logged.duration_ns !== trace.duration_ns ? ["as logged, as in lists", `${instant(trace.logged.start_ns)}, ${duration(trace.logged.duration_ns)}`] : null,
    ["spans", count(model.size)], ["services", count(trace.services.filter(Boolean).length)], ["depth", deepest],
    inferred ? ["inferred parents", count(inferred)] : null,
  ].filter(Boolean);
  const [service, ...name] = title(model).split(": ");
  return h("div", { class: "head" },
    h("div", { class: "line" }, h("h1", {}, h("span", { class: "service" }, service, " "), name.join(": ")),
      errors ? h("button", { class: "badge error", onclick: () => view.step(model.errors, 1) }, `✕ ${many(errors, "error")}`) : h("span", { class: "badge" }, "no errors"),
      h("span", { class: "id" }, trace.trace_id), h("span", { class: "space" }),
      view.source.alone ? null : h("a", { href: link("compare", { bad: trace.trace_id }) }, "Compare with a healthy one")),
    h("dl", { class: "facts" }, told.map(([what, value]) => h("div", {}, h("dt", {}, what), h("dd", {}, value)))),
    trace.notes.map((text) => h("div", { class: "soft" }, `✎ ${text}`)),
    trace.warnings.length ? h("details", {}, h("summary", { class: "soft" }, many(trace.warnings.length, "remark")), trace.warnings.map((text) => h("div", { class: "soft" }, text))) : null);
}
