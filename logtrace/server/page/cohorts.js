// Many requests beside many: two windows, a deploy, some time ago, two expressions. What differs by more than chance.

import { h, fill } from "./dom.js";
import { ask } from "./api.js";
import { go } from "./state.js";
import { asked } from "./trouble.js";
import { count, duration, times } from "./format.js";

const WAYS = {
  ago: ["The last while beside some time ago", [["ago", "How long ago", "1h"], ["window", "A while is", "10m"]]],
  deploy: ["After an instant beside before it", [["deploy", "From", "2024-01-10T14:30Z"], ["window", "How long", "all that comes after"]]],
  sides: ["Two windows, or two expressions", [["before", "These", "version = '1.4', or T1..T2"], ["after", "Beside these", "version = '1.5', or T3..T4"]]],
};

/** Where two requests or many are compared: links between the two. */
export function compareKinds(current) {
  const to = (path, name) => h("a", { href: path, "aria-current": path === current ? "page" : null }, name);
  return h("nav", { class: "kinds", "aria-label": "What is compared" }, to("compare", "Two requests"), to("cohorts", "Many requests"));
}

/** The view; gives what closes it. */
export function cohortsView(view, query) {
  const leaving = new AbortController();
  const way = Object.hasOwn(WAYS, query.get("way")) ? query.get("way") : query.get("deploy") ? "deploy" : query.get("before") || query.get("after") ? "sides" : "ago";
  const [, fields] = WAYS[way];
  const values = Object.fromEntries(fields.map(([name]) => [name, query.get(name) || ""]));
  const place = h("div");
  const select = h("select", { name: "way", onchange: () => go("cohorts", { way: select.value }) }, Object.entries(WAYS).map(([name, [told]]) => h("option", { value: name, selected: name === way }, told)));
  const form = h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); go("cohorts", Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, value.trim()]))); } },
    h("label", {}, "What beside what", select), fields.map(([name, label, hint]) => h("label", {}, label, h("input", { name, value: values[name], placeholder: hint, class: way === "sides" ? "wide" : "", spellcheck: "false", autocomplete: "off" }))),
    h("button", { class: "main" }, "Compare"));
  fill(view, h("div", { class: "page" }, h("h1", {}, "Compare"), compareKinds("cohorts"), form, place));
  document.title = "Compare many · logtrace";
  if (values[fields[0][0]] || values.after) asked(place, () => ask("/cohorts", values, leaving.signal), leaving.signal).then((found) => found && show(place, found));
  else fill(place, h("p", { class: "faint" }, "Each kind of request is compared with its own kind; what is told is more than chance among all that was tested."));
  return () => leaving.abort();
}

function show(place, found) {
  const { told } = found;
  fill(place, h("dl", { class: "facts" }, [["before", found.before], ["after", found.after]].map(([name, side]) => h("div", {}, h("dt", {}, name), h("dd", {}, `${side.expression || `${time(side.since)} to ${time(side.until)} UTC`}: ${count(side.requests)} requests`)))),
    found.notes.map((text) => h("p", { class: "note" }, text)), kinds(found.requests),
    found.findings.length ? h("ol", { class: "told" }, told.findings.map((sentences, i) => finding(sentences, told.worse[i])))
      : found.tests ? h("p", { class: "note" }, `Nothing of ${count(found.tests)} tests is more than chance.`) : null,
    told.values.length ? [h("h2", { class: "apart" }, "Values that came or went"), h("ul", {}, told.values.map((text) => h("li", {}, text)))] : null,
    told.untested.length ? [h("h2", { class: "apart" }, "Large, but not tested: it may be chance"), h("ul", { class: "told" }, told.untested.map((sentences) => finding(sentences, false)))] : null,
    h("p", { class: "faint apart" }, `Power: ${told.power}.`));
}

function finding([first, ...rest], worse) {
  return h("li", { class: worse ? "worse" : "" }, h("strong", {}, worse ? "▲ " : "", first), rest.map((text) => h("div", { class: "soft" }, text)));
}

function kinds(requests) {
  const head = ["Request", "Before", "After", "Median before", "Median after", ""];
  const ratio = (each) => (each.before_p50_ns && each.after_p50_ns ? times(each.after_p50_ns / each.before_p50_ns) : "");
  const median = (ns) => (ns === null ? "" : duration(ns));
  return h("div", { class: "scroll" }, h("table", { class: "plain" }, h("thead", {}, h("tr", {}, head.map((name, i) => h("th", { scope: "col", class: i ? "number" : "" }, name || h("span", { class: "offscreen" }, "Times"))))),
    h("tbody", {}, requests.slice(0, 20).map((each) => h("tr", {}, h("td", { class: "op" }, h("span", { class: "soft" }, each.service ? `${each.service}: ` : ""), each.operation),
      [count(each.before), count(each.after), median(each.before_p50_ns), median(each.after_p50_ns), ratio(each)].map((text) => h("td", { class: "number" }, text)))))));
}

function time(iso) {
  return iso ? iso.slice(0, 19).replace("T", " ") : "…";
}
