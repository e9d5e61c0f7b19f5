// All that is known of one span: attributes, where each thing is known from, and its log lines.

import { h, fill } from "./dom.js";
import { duration, failure, instant, level, many, offset, plain } from "./format.js";
import { BOUND } from "./model.js";
import { rest } from "./rest.js";
import { asked } from "./trouble.js";

/** Shows a span in a place; on.close, on.go(span id), on.share(span id) → an address or "". */
export async function detail(place, source, model, span, on, signal) {
  const body = h("div", { class: "in" });
  fill(place, body);
  const found = await asked(body, () => source.span(model.spans.id[span], signal), signal);
  if (!found || signal.aborted) return;
  fill(body, head(found, on), facts(found, model, span), failed(found), attributes(found), evidence(found), links(found, on), logs(found, model, (from) => source.span(model.spans.id[span], signal, from)));
}

function head(found, on) {
  return h("header", {},
    h("h2", {}, h("span", { class: "soft" }, found.service || "unknown service", ": "), found.operation || "unnamed"),
    on.share ? h("button", { class: "quiet", title: "Copy a link to this span", onclick: (event) => copy(event.target, on.share(found.span_id)) }, "Link") : null,
    h("button", { class: "quiet", "aria-label": "Close the span", title: "Close (Esc)", onclick: on.close }, "×"));
}

async function copy(button, text) {
  try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; } catch { prompt("The link", text); }
}

function facts(found, model, span) {
  const own = model.spans.self[span];
  const share = model.trace.duration_ns ? (100 * model.spans.path[span]) / model.trace.duration_ns : 0;
  const told = [
    ["start", found.start_ns === null ? "not told" : `${instant(found.start_ns)} (${offset(model.spans.at[span])})`],
    ["took", `${model.is(span, BOUND) ? "≥ " : ""}${duration(found.duration_ns)}`], ["of its own", own === null ? "?" : duration(own)],
    ["critical path", share ? `${share < 1 ? "<1" : Math.round(share)} %` : "not on it"], ["status", found.status], ["kind", found.kind || "not told"], ["span", found.span_id],
  ];
  return h("dl", { class: "facts" }, told.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { class: name === "span" ? "mono" : "" }, value))));
}

function failed(found) {
  if (!found.error && !found.error_line) return null;
  const told = failure(found) || "it failed; no message";
  return h("div", { class: "note error" }, found.failed ? `✕ ${told}` : `! ${told}`, found.notes.map((text) => `\n✎ ${text}`));
}

function attributes(found) {
  const pairs = Object.entries(found.attributes);
  if (!pairs.length) return h("section", {}, h("h2", {}, "Attributes"), h("p", { class: "faint" }, "none"));
  return h("section", {}, h("h2", {}, many(pairs.length, "attribute")), h("table", {}, h("tbody", {}, pairs.map(([key, value]) => {
    const others = Object.hasOwn(found.attribute_conflicts, key) ? found.attribute_conflicts[key] : null;
    return h("tr", {}, h("td", {}, key), h("td", { class: "value" }, plain(value), others ? h("span", { class: "faint" }, `\nalso logged: ${others.map(plain).join(", ")}`) : null));
  }))));
}

function evidence(found) {
  return h("section", {}, h("h2", {}, "Where this is known from"),
    h("table", {}, h("tbody", {}, found.evidence.map(({ what, told }) => h("tr", {}, h("td", {}, what), h("td", {}, told))))),
    found.remarks.map((text) => h("p", { class: "faint" }, text)));
}

function links(found, on) {
  if (!found.links.length) return null;
  return h("section", {}, h("h2", {}, "Links"), found.links.map((each) => h("div", { class: "mono" },
    on.trace ? h("a", { href: on.trace(each.trace_id, each.span_id) }, each.trace_id) : each.trace_id)));
}

function logs(found, model, more) {
  const list = lineList(found.lines, model.trace.start_ns);
  return h("section", {}, h("h2", {}, `${many(found.lines.length, "log line")}${found.more ? ", and more" : ""}`), found.lines.length ? list : h("p", { class: "faint" }, "no line names this span"),
    rest(found, more, (next) => list.append(...lineList(next.lines, model.trace.start_ns).children)));
}

/** Log lines, each to be opened to how it was written. */
export function lineList(lines, startNs, owner) {
  return h("ol", { class: "lines" }, lines.map((line) => {
    const word = level(line.severity);
    const after = line.time_ns === null ? "no time" : offset(Number(BigInt(line.time_ns) - BigInt(startNs)));
    return h("li", { class: line.severity >= 17 ? "bad" : line.severity >= 13 ? "warn" : "" },
      h("span", { class: "where" }, `${after} `), word ? h("span", { class: "level" }, word) : null, owner ? owner(line) : null,
      h("details", {}, h("summary", {}, line.body || line.text.slice(0, 200)), h("pre", {}, line.text), h("div", { class: "where" }, `${line.path}:${line.line}`)));
  }));
}
