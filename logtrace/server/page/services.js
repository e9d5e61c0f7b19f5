// Services and who calls whom: a picture from left to right, and the same as tables.

import { h, fill, svg } from "./dom.js";
import { ask } from "./api.js";
import { go, link } from "./state.js";
import { asked } from "./trouble.js";
import { count, instant, share } from "./format.js";
import { heatmap } from "./heat.js";

const WIDE = 168, HIGH = 40, ACROSS = 260, DOWN = 62;

/** The view; gives what closes it. */
export function servicesView(view, query) {
  const leaving = new AbortController();
  const values = Object.fromEntries(["since", "until"].map((name) => [name, query.get(name) || ""]));
  const place = h("div");
  const box = (name, label, hint) => h("label", {}, label, h("input", { name, value: values[name], placeholder: hint, autocomplete: "off" }));
  const form = h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); go("services", Object.fromEntries(new FormData(form))); } },
    box("since", "Since", "an hour before"), box("until", "Until", "the last span"), h("button", { class: "main" }, "Show"));
  const warm = h("div");
  fill(view, h("div", { class: "page" }, h("h1", {}, "Services"), form, warm, place));
  document.title = "Services · logtrace";
  ask("/heat", values, leaving.signal).then((found) => fill(warm, heatmap(found))).catch(() => null);
  asked(place, () => ask("/services", values, leaving.signal), leaving.signal).then((found) => found && show(place, found));
  return () => leaving.abort();
}

function show(place, found) {
  if (!found.services.length) {
    fill(place, h("p", { class: "wait" }, "No spans in this time."));
    return;
  }
  const rate = (errors, all) => (errors ? h("span", { class: "error" }, `✕ ${count(errors)} (${share(errors / all)})`) : "");
  const table = (head, rows) => h("table", { class: "plain" }, h("thead", {}, h("tr", {}, head.map((name, i) => h("th", { scope: "col", class: i ? "number" : "" }, name)))), h("tbody", {}, rows));
  fill(place, h("p", { class: "faint" }, `${instant(found.since_ns).slice(0, 19)} to ${instant(found.until_ns).slice(0, 19)} UTC`), graph(found),
    table(["Service", "Spans", "Failed"], found.services.map((each) => h("tr", {}, h("td", {}, h("a", { href: link("search", { service: each.name }) }, each.name || "unknown service")),
      h("td", { class: "number" }, count(each.spans)), h("td", { class: "number" }, rate(each.errors, each.spans))))),
    h("h2", {}, " "), found.calls.length ? table(["Calls", "Number", "Failed"], found.calls.map((each) => h("tr", {}, h("td", {}, `${each.caller} → ${each.service}`), h("td", { class: "number" }, count(each.calls)), h("td", { class: "number" }, rate(each.errors, each.calls))))) : null);
}

function graph(found) {
  const at = places(found);
  const high = Math.max(...[...at.values()].map(([, y]) => y)) + HIGH + 20;
  const wide = Math.max(...[...at.values()].map(([x]) => x)) + WIDE + 20;
  const most = Math.max(...found.calls.map((each) => each.calls), 1);
  const edge = (each) => {
    const [[x1, y1], [x2, y2]] = [at.get(each.caller), at.get(each.service)];
    const back = x2 <= x1;
    const [from, to] = [back ? [x1 + WIDE / 2, y1 + HIGH] : [x1 + WIDE, y1 + HIGH / 2], back ? [x2 + WIDE / 2, y2 + HIGH] : [x2, y2 + HIGH / 2]];
    const bend = back ? `C${from[0]} ${from[1] + 40} ${to[0]} ${to[1] + 40}` : `C${from[0] + 50} ${from[1]} ${to[0] - 50} ${to[1]}`;
    return [svg("path", { d: `M${from[0]} ${from[1]} ${bend} ${to[0]} ${to[1]}`, class: each.errors ? "failed" : "", "stroke-width": 1 + 3 * (each.calls / most) }),
      svg("text", { class: "small", x: (from[0] + to[0]) / 2, y: (from[1] + to[1]) / 2 - 5, "text-anchor": "middle" }, count(each.calls))];
  };
  const node = (each) => {
    const [x, y] = at.get(each.name);
    return svg("g", {}, svg("title", {}, each.name), svg("rect", { x, y, width: WIDE, height: HIGH, rx: 5, class: each.errors ? "failed" : "" }),
      svg("text", { x: x + 10, y: y + 17 }, each.name.length > 22 ? `${each.name.slice(0, 21)}…` : each.name || "unknown"), svg("text", { x: x + 10, y: y + 32, class: "small" }, `${count(each.spans)} spans${each.errors ? `, ✕ ${count(each.errors)}` : ""}`));
  };
  return h("div", { class: "graph", tabindex: "0", role: "group", "aria-label": "Who calls whom; the tables below say the same" }, svg("svg", { width: wide, height: high, role: "img", "aria-label": "Graph of services" }, found.calls.map(edge), found.services.map(node)));
}

/** Callers left of whom they call: as far right as the longest way from a service that nobody calls. */
function places(found) {
  const rank = new Map(found.services.map((each) => [each.name, 0]));
  for (let round = 0; round < Math.min(rank.size, 12); round++) {
    for (const { caller, service } of found.calls) if (rank.get(service) <= rank.get(caller) && rank.get(caller) < 11) rank.set(service, rank.get(caller) + 1);
  }
  const filled = new Map(), at = new Map();
  for (const { name } of found.services) {
    const column = rank.get(name);
    const row = filled.get(column) || 0;
    filled.set(column, row + 1);
    at.set(name, [16 + column * ACROSS, 16 + row * DOWN]);
  }
  return at;
}
