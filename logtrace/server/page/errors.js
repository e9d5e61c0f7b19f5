// Kinds of errors: how many, since when, what is new, with requests to open.

import { h, fill } from "./dom.js";
import { ask } from "./api.js";
import { go, link } from "./state.js";
import { rest } from "./rest.js";
import { asked } from "./trouble.js";
import { count, many } from "./format.js";

/** The view; gives what closes it. */
export function errorsView(view, query) {
  const leaving = new AbortController();
  const values = Object.fromEntries(["since", "until", "service"].map((name) => [name, query.get(name) || ""]));
  const place = h("div");
  const box = (name, label, hint) => h("label", {}, label, h("input", { name, value: values[name], placeholder: hint, autocomplete: "off" }));
  const form = h("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); go("errors", Object.fromEntries(new FormData(form))); } },
    box("since", "Since", "1h, yesterday"), box("until", "Until", "now"), box("service", "Service", "any"), h("button", { class: "main" }, "Show"));
  fill(view, h("div", { class: "page" }, h("h1", {}, "Errors by kind"), form, place));
  document.title = "Errors · logtrace";
  asked(place, () => ask("/errors", values, leaving.signal), leaving.signal).then((found) => found && show(place, found, (from) => ask("/errors", { ...values, from }, leaving.signal)));
  return () => leaving.abort();
}

function show(place, found, more) {
  const told = [["began by themselves", found.errors], ["passed on", found.passed_on], ["only lines say so", found.error_lines], ["requests", found.requests]];
  fill(place, h("dl", { class: "facts" }, told.map(([name, number]) => h("div", {}, h("dt", {}, name), h("dd", {}, count(number))))),
    found.minutes.length > 1 ? minutes(found.minutes) : null,
    found.groups.length ? table(found, more) : h("p", { class: "wait" }, "No errors in this time."));
}

/** A bar for each stretch of time, as many as fit. */
function minutes(pairs) {
  const [first, last] = [pairs[0][0], pairs[pairs.length - 1][0]];
  const many_ = Math.min(120, Math.max(2, Math.round((last - first) / 60e9) + 1));
  const sums = new Array(many_).fill(0);
  for (const [at, number] of pairs) sums[Math.min(many_ - 1, Math.floor(((at - first) / Math.max(1, last - first)) * (many_ - 1)))] += number;
  const most = Math.max(...sums);
  const from = new Date(first / 1e6).toISOString().slice(0, 16), to = new Date(last / 1e6).toISOString().slice(0, 16);
  return h("figure", { class: "figure" }, h("div", { class: "minutes", role: "img", "aria-label": `Errors from ${from} to ${to}, at most ${most} at once` }, sums.map((number) => {
    const bar = h("i", { title: String(number) });
    bar.style.height = `${(100 * number) / most}%`;
    return bar;
  })), h("figcaption", { class: "faint" }, `${from} to ${to} UTC`));
}

function table(found, more) {
  const head = [["Count", "number"], ["Where", ""], ["Error", ""], ["First", "number"], ["Last", "number"], ["Requests", ""]];
  const body = h("tbody", {}, found.groups.map(row));
  return h("div", { class: "scroll" }, h("table", { class: "groups" }, h("thead", {}, h("tr", {}, head.map(([name, kind]) => h("th", { scope: "col", class: kind }, name)))), body),
    rest(found, more, (next) => body.append(...next.groups.map(row))));
}

function row(group) {
  return h("tr", {},
    h("td", { class: "number" }, count(group.count)),
    h("td", {}, h("span", { class: "soft" }, group.service, ": "), group.operation, group.passed_on ? h("div", { class: "faint" }, `passed on ${group.passed_on}×`) : null),
    h("td", { class: "message" }, h("strong", {}, group.error_type), group.error_type && group.messages.length ? ": " : "", group.messages[0] || "", " ",
      group.new ? h("span", { class: "badge warn" }, "new") : null, group.error_line ? h("span", { class: "badge" }, "a line only") : null,
      h("div", { class: "faint mono" }, group.fingerprint), group.notes.map((text) => h("div", { class: "soft" }, `✎ ${text}`))),
    h("td", { class: "number" }, when(group.first_time)), h("td", { class: "number" }, when(group.last_time)),
    h("td", {}, group.requests ? many(group.requests, "request") : "", group.examples.map((id) => h("div", {}, h("a", { class: "mono", href: link(`trace/${encodeURIComponent(id)}`, { tab: "errors" }), title: "Where it began, and who passed it on" }, id.slice(0, 16))))));
}

function when(iso) {
  return iso ? iso.slice(0, 19).replace("T", " ") : "";
}
