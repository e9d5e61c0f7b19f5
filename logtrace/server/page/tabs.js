// The other sides of a trace: log lines, errors and where they began, numbers by operation.

import { h, fill } from "./dom.js";
import { asked } from "./trouble.js";
import { count, duration, failure, many, offset } from "./format.js";
import { lineList } from "./detail.js";
import { rest } from "./rest.js";

/** The raw lines of a trace; open(span) is called with the place of a span. */
export async function linesOf(place, source, model, open, signal) {
  const found = await asked(place, () => source.logs(signal), signal);
  if (!found) return;
  const at = new Map(model.spans.id.map((id, i) => [id, i]));
  const owner = (line) => {
    const span = at.get(line.span_id);
    const told = span === undefined ? line.service : `${model.service(span)}: ${model.name(span)}`;
    return span === undefined ? h("span", { class: "soft" }, `${told} `) : h("a", { href: "#", onclick: (event) => { event.preventDefault(); open(span); } }, `${told} `);
  };
  const list = lineList(found.lines, model.trace.start_ns, owner);
  const left = found.more && source.alone ? ", and more: logtrace logs shows all" : "";
  fill(place, h("h2", {}, `${many(found.count ?? found.lines.length, "log line")}${left}`), list,
    rest(found, (from) => source.logs(signal, from), (more) => list.append(...lineList(more.lines, model.trace.start_ns, owner).children)));
}

const WHAT = { origin: "began here", propagated: "passed on", handled: "handled", line: "a line says so" };

/** The errors in time order, the root cause first of all. */
export async function errorsOf(place, source, model, open, signal) {
  const found = await asked(place, () => source.errors(signal), signal);
  if (!found) return;
  const at = new Map(model.spans.id.map((id, i) => [id, i]));
  const to = (ref) => (at.has(ref.span_id) ? h("a", { href: "#", onclick: (event) => { event.preventDefault(); open(at.get(ref.span_id)); } }, `${ref.service}: ${ref.operation}`) : `${ref.service}: ${ref.operation || "a line of no span"}`);
  const row = (mark) => h("tr", {}, h("td", { class: "number" }, mark.time_ns === null ? "" : after(mark, model)), h("td", {}, to(mark)), h("td", {}, WHAT[mark.what] || mark.what), h("td", { class: "error" }, failure(mark)));
  const body = h("tbody", {}, found.timeline.map(row));
  fill(place,
    found.causes.length ? found.causes.map((cause, i) => [
      h("h2", {}, i ? "It also began here" : "It began here"),
      h("ol", { class: "chain" }, h("li", {}, h("strong", { class: "error" }, "✕ "), to(cause), ` ${failure(cause)} `,
        cause.attempts ? h("span", { class: "badge" }, `${cause.attempts.failures} of ${cause.attempts.span_ids.length} attempts failed`) : null,
        cause.recovered ? h("span", { class: "badge" }, "recovered") : null),
      cause.chain.filter((ref) => ref.span_id !== cause.span_id).map((ref) => h("li", {}, h("span", { class: "faint" }, "passed on by "), to(ref)))),
    ]) : h("p", { class: "wait" }, "No error in this trace."),
    found.timeline.length ? [h("h2", {}, "In time order"), h("table", {}, h("thead", {}, h("tr", {}, ["After", "Span", "What", "Error"].map((name) => h("th", { scope: "col" }, name)))), body),
      rest(found, (from) => source.errors(signal, from), (more) => body.append(...more.timeline.map(row)))] : null);
}

/** From the start of the trace; of the ISO time, for numbers of this size lose digits. */
function after(mark, model) {
  return offset(Number(BigInt(Date.parse(mark.time)) * 1000000n - BigInt(model.trace.start_ns)));
}

/** Spans by service and operation: how many, how long, of their own, on the critical path. */
export function numbersOf(place, _source, model, open) {
  const groups = new Map();
  const { spans } = model;
  for (let i = 0; i < model.size; i++) {
    const key = `${spans.service[i]} ${spans.name[i]}`;
    if (!groups.has(key)) groups.set(key, { first: i, spans: 0, errors: 0, total: 0, longest: 0, own: 0, path: 0 });
    const group = groups.get(key);
    group.spans += 1;
    group.errors += spans.error[i] === 2 ? 1 : 0;
    group.total += spans.duration[i] || 0;
    group.longest = Math.max(group.longest, spans.duration[i] || 0);
    group.own += spans.self[i] || 0;
    group.path += spans.path[i];
  }
  const all = model.trace.duration_ns || 1;
  const found = [...groups.values()].sort((a, b) => b.own - a.own);
  const head = ["Operation", "Spans", "Failed", "Total", "Mean", "Longest", "Of its own", "Critical path"];
  fill(place, h("table", {}, h("thead", {}, h("tr", {}, head.map((name, i) => h("th", { scope: "col", class: i ? "number" : "" }, name)))),
    h("tbody", {}, found.map((group) => h("tr", {},
      h("td", {}, h("a", { href: "#", onclick: (event) => { event.preventDefault(); open(group.first); } }, `${model.service(group.first)}: ${model.name(group.first) || "unnamed"}`)),
      [count(group.spans), group.errors ? count(group.errors) : "", duration(group.total), duration(group.total / group.spans), duration(group.longest), duration(group.own),
        group.path ? `${Math.round((100 * group.path) / all)} %` : ""].map((text) => h("td", { class: "number" }, text)))))));
}
