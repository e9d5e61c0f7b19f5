// Search: what is asked on the left, what is found on the right.

import { h, fill } from "./dom.js";
import { ask } from "./api.js";
import { go, here, keep, link } from "./state.js";
import { asked } from "./trouble.js";
import { count, duration, many, stamp } from "./format.js";
import { scatter } from "./scatter.js";

const FIELDS = ["q", "service", "operation", "error", "min_ns", "max_ns", "min_trace_ns", "max_trace_ns", "min_spans", "max_spans", "text",
  "since", "until", "sort", "limit", "page"];
const ON_A_PAGE = 100;
const SORTS = { newest: "newest first", oldest: "oldest first", slowest: "slowest first", errors: "most errors first", spans: "most spans first" };

/** The view; gives what closes it. */
export function searchView(view, query) {
  const leaving = new AbortController();
  const results = h("div", { class: "results" });
  const values = Object.fromEntries(FIELDS.map((name) => [name, query.get(name) || ""]));
  values.attr = query.getAll("attr");
  const form = filters(values);
  fill(view, h("div", { class: "search" }, form, results));
  document.title = "Search · logtrace";
  const run = () => find(results, values, leaving.signal, query.has("live"));
  run();
  suggest(form, values.service, leaving.signal);
  const stop = query.has("live") ? listen(run) : () => {};
  return () => { leaving.abort(); stop(); };
}

function filters(values) {
  const text = (name, label, more) => h("label", {}, label, h("input", { name, value: values[name], autocomplete: "off", ...more }));
  const service = h("select", { name: "service", onchange: () => suggest(form, service.value) }, h("option", { value: "" }, "any"));
  const error = h("select", { name: "error" }, [["", "any outcome"], ["any", "with an error"], ["span", "with a failed span"]].map(
    ([value, told]) => h("option", { value, selected: values.error === value }, told)));
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); submit(form, values); } },
    h("label", {}, "Service", service),
    text("operation", "Operation", { list: "operations", placeholder: "any" }), h("datalist", { id: "operations" }),
    h("label", {}, "Attributes", h("textarea", { name: "attr", rows: 2, spellcheck: "false", placeholder: "user.id=u-17 http.status_code=500", value: values.attr.join("\n") })),
    h("label", {}, "Outcome", error),
    h("div", { class: "pair" }, text("min_ns", "Span at least", { placeholder: "250ms" }), text("max_ns", "Span at most", { placeholder: "2s" })),
    h("div", { class: "pair" }, text("min_trace_ns", "Trace at least", { placeholder: "1s" }), text("max_trace_ns", "Trace at most")),
    h("div", { class: "pair" }, text("min_spans", "Spans, at least", { inputmode: "numeric" }), text("max_spans", "At most", { inputmode: "numeric" })),
    h("div", { class: "pair" }, text("since", "Since", { placeholder: "1h, yesterday" }), text("until", "Until", { placeholder: "now" })),
    text("text", "A log line says", { placeholder: "broken pipe" }),
    text("q", "Expression", { placeholder: "error and count(kind = 'client') > 5", class: "mono", spellcheck: "false" }),
    text("limit", "On a page", { placeholder: String(ON_A_PAGE), inputmode: "numeric" }),
    h("div", { class: "do" }, h("button", { class: "main" }, "Search"), h("button", { type: "button", onclick: () => go("search") }, "Clear")));
  const wide = matchMedia("(min-width: 761px)").matches;
  return h("details", { class: "filters", open: wide }, h("summary", {}, "Filters"), form);
}

function submit(form, values) {
  const told = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, value.trim()]));
  told.attr = pairs(told.attr || "");
  go("search", { ...told, sort: values.sort });
}

/** logfmt or lines of key=value → a list of them; a value in quotes may hold blanks. */
export function pairs(text) {
  return [...text.matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, key, value]) =>
    `${key}=${value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value}`);
}

async function suggest(place, chosen, signal) {
  const select = place.querySelector("select[name=service]");
  const info = await ask("/info", {}, signal).catch(() => null);
  if (!info) return;
  const names = chosen && !info.services.includes(chosen) ? [chosen, ...info.services] : info.services;
  fill(select, h("option", { value: "" }, `any of ${info.services.length}`), names.map((name) => h("option", { value: name, selected: name === chosen }, name)));
  const found = chosen ? await ask("/operations", { service: chosen }, signal).catch(() => null) : null;
  const known = found ? [...new Set(found.operations.map((each) => each.name))] : [];
  fill(place.querySelector("datalist"), known.map((value) => h("option", { value })));
}

async function find(results, values, signal, live) {
  const started = performance.now();
  const wanted = { ...values, limit: values.limit || ON_A_PAGE };
  const page = await asked(results, () => ask("/search", wanted, signal), signal);
  if (!page) return;
  const took = Math.round(performance.now() - started);
  const picked = new Set(here().query.getAll("pick"));
  for (const id of picked) if (!page.traces.some((each) => each.trace_id === id)) picked.delete(id);
  const compare = h("button", { disabled: picked.size !== 2, onclick: () => compareOf(page.traces, picked) }, "Compare two");
  const pick = (id, on) => { on ? picked.add(id) : picked.delete(id); compare.disabled = picked.size !== 2; keep({ pick: [...picked] }); };
  const sort = h("select", { "aria-label": "Order", onchange: () => go("search", { ...values, sort: sort.value, page: "" }) },
    Object.entries(SORTS).map(([value, told]) => h("option", { value, selected: page.sort === value }, told)));
  fill(results,
    h("div", { class: "bar-of-results" },
      h("strong", { role: "status" }, summary(page)), h("span", { class: "faint" }, `${took} ms`), h("span", { class: "space" }), compare, sort,
      h("button", { "aria-pressed": String(live), title: "Search again as traces come", onclick: () => { keep({ live: live ? null : "1" }); dispatchEvent(new PopStateEvent("popstate")); } }, "Live")),
    page.notes.map((text) => h("p", { class: "note" }, text)),
    page.traces.length > 1 ? scatter(page.traces) : null,
    page.traces.length ? list(page.traces, picked, pick) : h("p", { class: "wait" }, "No trace matches. Fewer filters find more."),
    pager(page, values));
}

function summary(page) {
  const found = many(page.traces.length, "trace");
  return page.more ? `${found}, and more` : page.page > 1 ? `${found} on page ${page.page}` : found;
}

function pager(page, values) {
  if (!page.more && page.page === 1) return null;
  const at = (number, told, on) => on ? h("a", { href: link("search", { ...values, page: number > 1 ? number : "" }) }, told) : h("span", { class: "faint" }, told);
  return h("nav", { class: "bar-of-results", "aria-label": "Pages" }, at(page.page - 1, "← previous", page.page > 1), `page ${page.page}`, at(page.page + 1, "next →", page.more));
}

function list(traces, picked, pick) {
  const longest = Math.max(...traces.map((each) => each.duration_ns || 0), 1);
  const head = [["pick", "", "Compare"], ["title", "Request"], ["flags", "Outcome"], ["count number", "Spans"], ["count number", "Services"], ["took", "Took"], ["when", "Start (UTC)"]];
  return h("div", { class: "list" }, h("table", {},
    h("thead", {}, h("tr", {}, head.map(([style, name, hidden]) => h("th", { class: style, scope: "col" }, name || h("span", { class: "offscreen" }, hidden))))),
    h("tbody", {}, traces.map((each) => row(each, longest, picked.has(each.trace_id), pick)))));
}

function row(each, longest, isPicked, pick) {
  const name = `${each.root_service}: ${each.root_operation}`;
  const meter = h("span", { class: each.errors ? "meter failed" : "meter" }, h("i"));
  meter.firstChild.style.width = `${(100 * (each.duration_ns || 0)) / longest}%`;
  return h("tr", {},
    h("td", { class: "pick" }, h("input", { type: "checkbox", checked: isPicked, "aria-label": `Compare ${name}`, onchange: (event) => pick(each.trace_id, event.target.checked) })),
    h("td", { class: "title", title: name }, h("a", { href: link(`trace/${encodeURIComponent(each.trace_id)}`) },
      h("span", { class: "service" }, each.root_service || "unknown service", " "), each.root_operation || "unnamed")),
    h("td", { class: "flags" }, each.errors ? h("span", { class: "badge error" }, `✕ ${many(each.errors, "error")}`) : null, " ",
      each.partial ? h("span", { class: "badge warn", title: "a parent left no line" }, "incomplete") : null),
    h("td", { class: "count number" }, count(each.spans)), h("td", { class: "count number" }, count(each.services)),
    h("td", { class: "took number" }, meter, `${each.duration_is_lower_bound ? "≥ " : ""}${duration(each.duration_ns)}`),
    h("td", { class: "when" }, each.start_time === null ? "no time" : stamp(each.start_time)));
}

/** The worse of two is compared with the better: the failed one, else the slower. */
function compareOf(traces, picked) {
  const [one, two] = traces.filter((each) => picked.has(each.trace_id));
  const worse = one.errors !== two.errors ? one.errors > two.errors : (one.duration_ns || 0) > (two.duration_ns || 0);
  const [bad, good] = worse ? [one, two] : [two, one];
  go("compare", { bad: bad.trace_id, good: good.trace_id });
}

/** Calls back when new traces come, at most every two seconds. */
function listen(run) {
  const source = new EventSource("api/logtrace/live");
  let waiting = 0;
  source.addEventListener("traces", () => {
    waiting = waiting || setTimeout(() => { waiting = 0; run(); }, 2000);
  });
  return () => { source.close(); clearTimeout(waiting); };
}
