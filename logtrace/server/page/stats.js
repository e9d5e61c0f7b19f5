// Statistics: operations with how many, how often, how long; one of them over time; what is far out.

import { h, fill } from "./dom.js";
import { ask } from "./api.js";
import { go, link } from "./state.js";
import { asked } from "./trouble.js";
import { count, duration, many, per, plain, share, times } from "./format.js";
import { heatmap } from "./heat.js";
import { steps } from "./steps.js";

const FIELDS = ["since", "until", "service", "operation", "by", "of", "sort"];
const COLUMNS = [["spans", "Spans"], ["rate_per_s", "Rate"], ["error_rate", "Failed"], ["p50_ns", "p50"], ["p95_ns", "p95"], ["p99_ns", "p99"], ["max_ns", "Max"]];

/** The view; gives what closes it. */
export function statsView(view, query) {
  const leaving = new AbortController();
  const values = Object.fromEntries(FIELDS.map((name) => [name, query.get(name) || ""]));
  const box = (name, label, hint) => h("label", {}, label, h("input", { name, value: values[name], placeholder: hint, autocomplete: "off", spellcheck: "false" }));
  const form = h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); go("stats", { ...Object.fromEntries(new FormData(form)), sort: values.sort }); } },
    box("since", "Since", "an hour before"), box("until", "Until", "the last span"), box("service", "Service", "any"), box("operation", "Operation", "any"),
    box("by", "A row for each", "user.tier"), box("of", "Over time", "duration"), h("button", { class: "main" }, "Show"));
  const [over, place] = [h("div"), h("div")];
  fill(view, h("div", { class: "page" }, h("h1", {}, "Statistics"), form, over, place));
  document.title = "Statistics · logtrace";
  const { since, until, service, operation, by, of } = values;
  const window = { since, until, service, operation };
  asked(place, () => ask("/stats", { ...window, by, sort: values.sort }, leaving.signal), leaving.signal).then((found) => found && show(place, found, values));
  if (!service && !operation && !of) ask("/heat", { since, until }, leaving.signal).then((found) => fill(over, heatmap(found))).catch(() => null);
  if (operation || of) asked(over, () => ask("/series", { ...window, of }, leaving.signal), leaving.signal).then((found) => found && fill(over, steps(found, window)));
  return () => leaving.abort();
}

function show(place, found, values) {
  const told = [["window", found.since ? `${time(found.since)} to ${time(found.until)} UTC` : "no span has a time"], ["spans", count(found.spans)],
    found.spans > found.samples ? ["in no percentile", `${count(found.spans - found.samples)} of unknown length`] : null, found.by ? [`without ${found.by}`, count(found.without)] : null];
  fill(place, h("dl", { class: "facts" }, told.filter(Boolean).map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text)))),
    found.notes.map((text) => h("p", { class: "note" }, text)),
    found.operations.length ? table(found, values) : h("p", { class: "wait" }, "No spans in this time."),
    found.row_count > found.operations.length ? h("p", { class: "faint" }, `and ${many(found.row_count - found.operations.length, "more row")}: a service or an operation has fewer`) : null,
    outliers(found));
}

function table(found, values) {
  const trend = found.operations.some((each) => each.trend && each.trend.spans);
  const head = [...COLUMNS, ...(trend ? [["trend", "p50 before"]] : []), ["share", "Time"]];
  const title = ([key, name]) => h("th", { scope: "col", class: "number", "aria-sort": (values.sort || "share") === key ? "descending" : null },
    h("a", { href: link("stats", { ...values, sort: key === "share" ? "" : key }), title: "Most first" }, name));
  return h("div", { class: "scroll" }, h("table", { class: "stats" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Operation"), found.by ? h("th", { scope: "col" }, found.by) : null, head.map(title))),
    h("tbody", {}, found.operations.map((each) => row(each, found, values, trend)))));
}

function row(each, found, values, trend) {
  const number = (text, style) => h("td", { class: `number ${style || ""}` }, text);
  const most = (value, isMost) => isMost && each.samples ? h("span", { class: "faint", title: `of ${each.samples} alone: no percentile, the largest` }, `max of ${each.samples}`) : duration_(value);
  const found_ = link("search", { service: each.service, operation: each.operation, since: values.since, until: values.until, sort: "slowest" });
  return h("tr", {}, h("td", { class: "op" }, h("a", { href: link("stats", { ...values, service: each.service, operation: each.operation }) }, h("span", { class: "soft" }, each.service ? `${each.service}: ` : ""), each.operation || "unnamed")),
    found.by ? h("td", { class: "op" }, plain(each.value)) : null,
    number(h("a", { href: found_, title: "Search for them, slowest first" }, count(each.spans))), number(per(each.rate_per_s)), number(each.errors ? `✕ ${share(each.error_rate)}` : "", "error"),
    number(duration_(each.p50_ns)), number(most(each.p95_ns, each.p95_is_max)), number(most(each.p99_ns, each.p99_is_max)), number(duration_(each.max_ns)),
    trend ? number(...against(each.trend)) : null, number(each.share ? share(each.share) : ""));
}

/** Against the window before: how the medians differ, where that is sure. */
function against(trend) {
  if (!trend || !trend.spans) return ["new", "soft"];
  if (trend.sure === null || trend.p50_ratio === null) return ["too few", "faint"];
  return trend.sure ? [times(trend.p50_ratio), trend.p50_ratio > 1 ? "warn" : "good"] : ["same", "faint"];
}

function duration_(ns) {
  return ns === null ? "" : duration(ns);
}

function time(iso) {
  return iso.slice(0, 19).replace("T", " ");
}

function outliers(found) {
  if (!found.outliers.length) return null;
  return [h("h2", { class: "apart" }, `${many(found.outlier_count, "span")} took more than twice the p99 of the operation`), h("div", { class: "scroll" }, h("table", { class: "stats" },
    h("thead", {}, h("tr", {}, ["Operation", "Took", "Times p99", "Start (UTC)"].map((name, i) => h("th", { scope: "col", class: i ? "number" : "" }, name)))),
    h("tbody", {}, found.outliers.map((each) => h("tr", {},
      h("td", { class: "op" }, h("a", { href: link(`trace/${encodeURIComponent(each.trace_id)}`, { span: each.span_id }) }, h("span", { class: "soft" }, each.service ? `${each.service}: ` : ""), each.operation || "unnamed")),
      h("td", { class: "number" }, duration(each.duration_ns)), h("td", { class: "number" }, times(each.times)), h("td", { class: "number" }, each.start ? time(each.start) : ""))))))];
}
