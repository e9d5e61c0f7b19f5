// Two requests as one tree: how long each took, what failed, what is missing, where they first part.

import { h, fill } from "./dom.js";
import { ask } from "./api.js";
import { go, link } from "./state.js";
import { rest } from "./rest.js";
import { asked } from "./trouble.js";
import { count, duration, failure, instant, many, plain } from "./format.js";
import { compareKinds } from "./cohorts.js";

const ERRORS = new Set(["failed", "other error", "error line"]);
const CHANGES = { removed: "missing", added: "new", moved: "moved", reordered: "other order", failed: "failed", recovered: "no longer failed", slower: "slower", faster: "faster", attributes: "attributes", retried: "retried" };

/** The view; gives what closes it. */
export function compareView(view, query) {
  const leaving = new AbortController();
  const place = h("div");
  const bad = query.get("bad") || "", good = query.get("good") || "";
  const box = (name, label, value, hint) => h("label", {}, label, h("input", { class: "id", name, value, placeholder: hint, spellcheck: "false", autocomplete: "off" }));
  const form = h("form", { class: "ask", onsubmit: (event) => {
    event.preventDefault();
    const told = Object.fromEntries(new FormData(form));
    go("compare", { bad: told.bad.trim(), good: told.good.trim() });
  } }, box("bad", "Request", bad, "id, @error, @slowest"), box("good", "Beside", good, "the healthy ones most like it"), h("button", { class: "main" }, "Compare"),
  bad && good ? h("button", { type: "button", onclick: () => go("compare", { bad: good, good: bad }) }, "Swap") : null);
  fill(view, h("div", { class: "page" }, h("h1", {}, "Compare"), compareKinds("compare"), form, place));
  document.title = "Compare · logtrace";
  if (bad) asked(place, () => ask("/compare", { bad, good }, leaving.signal), leaving.signal).then((found) => found && show(place, found, (from) => ask("/compare", { bad, good, from }, leaving.signal)));
  else fill(place, h("p", { class: "faint" }, "Name a request, or choose two in a search."));
  return () => leaving.abort();
}

function show(place, found, more) {
  const refs = (list) => list.map((each) => `${each.service}: ${each.operation}`).join(", ");
  fill(place, h("dl", { class: "facts" }, [["good", found.good], ["bad", found.bad]].map(([name, each]) => h("div", {}, h("dt", {}, name), h("dd", {},
    h("a", { class: "mono", href: link(`trace/${encodeURIComponent(each.trace_id)}`) }, each.trace_id), ` ${duration(each.duration_ns)}, ${many(each.spans, "span")}`, each.failed ? h("span", { class: "error" }, `, ✕ ${each.failed} failed`) : "")))),
  h("dl", { class: "facts" }, [["common", `${count(found.common)} spans answer to one another`], found.first ? ["first", `${found.first.service}: ${found.first.operation} ${CHANGES[found.first.kind] || found.first.kind}`] : null,
    found.missing.length ? ["missing", refs(found.missing)] : null, found.new.length ? ["new", refs(found.new)] : null,
    found.compared_with.length > 1 ? ["beside", `${found.compared_with.length} healthy requests`] : null].filter(Boolean).map(([name, told]) => h("div", {}, h("dt", {}, name), h("dd", {}, told)))),
  found.agreed && found.agreed.length ? h("p", { class: "soft" }, "All differ in: ", found.agreed.filter((each) => each.requests === found.compared_with.length).map((each) => `${each.service}: ${each.operation} ${CHANGES[each.kind] || each.kind}`).join(" · ")) : null,
  tree(found, more));
}

function tree(found, more) {
  const starts = { good: first(found.nodes, "good"), bad: first(found.nodes, "bad") };
  const longest = Math.max(found.good.duration_ns || 1, found.bad.duration_ns || 1);
  const rows = (part) => part.nodes.map((node, i) => row(node, part.told.ratios[i], starts, longest));
  const body = h("tbody", {}, rows(found));
  const head = [["", "Span"], ["number", "Good"], ["lane", ""], ["number", "Bad"], ["lane", ""], ["number", "Times"], ["", "Differs"]];
  return h("div", { class: "scroll" }, h("table", { class: "both" }, h("thead", {}, h("tr", {}, head.map(([style, name]) => h("th", { scope: "col", class: style }, name || h("span", { class: "offscreen" }, "picture"))))),
    body), rest(found, more, (next) => body.append(...rows(next))));
}

function first(nodes, side) {
  return Math.min(...nodes.map((node) => (node[side] && node[side].start_ns !== null ? node[side].start_ns : Infinity)));
}

function row(node, ratio, starts, longest) {
  const style = node.changes.includes("failed") ? "failed" : node.changes.includes("removed") ? "missing changed" : node.changes.includes("added") ? "new changed" : node.changes.length ? "changed" : "";
  const name = h("td", { class: "op" }, h("span", { class: "soft" }, node.service, ": "), node.operation);
  name.style.paddingLeft = `${8 + node.depth * 14}px`;
  const differs = node.attributes.filter((each) => !each.minor).slice(0, 4).map((each) => `${each.key}: ${each.in_good ? plain(each.good) : "–"} → ${each.in_bad ? plain(each.bad) : "–"}`);
  return h("tr", { class: style }, name, side(node.good, starts.good, longest), side(node.bad, starts.bad, longest),
    h("td", { class: "number" }, ratio),
    h("td", { class: "op" }, node.changes.map((kind) => h("span", { class: kind === "failed" ? "badge error" : "badge warn" }, CHANGES[kind] || kind)), " ", node.changes.some((kind) => ERRORS.has(kind)) ? h("span", { class: "error" }, `${failure(node.bad)} `) : null, h("span", { class: "faint" }, differs.join("; "))));
}

function side(span, start, longest) {
  if (!span) return [h("td", { class: "number faint" }, "–"), h("td", { class: "lane" })];
  const failed = span.status === "error";
  const bar = h("i", { class: failed ? "failed" : "" });
  bar.style.left = `${Math.min(99, (100 * ((span.start_ns ?? start) - start)) / longest)}%`;
  bar.style.width = `${Math.min(100, (100 * (span.duration_ns || 0)) / longest)}%`;
  return [h("td", { class: `number ${failed ? "error" : ""}`, title: span.start_ns === null ? "" : instant(span.start_ns) }, `${failed ? "✕ " : ""}${duration(span.duration_ns)}`), h("td", { class: "lane" }, bar)];
}
