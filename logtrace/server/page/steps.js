// A number over time, a column a step: the median dark, the p99 behind it, a mark below where something failed.

import { h } from "./dom.js";
import { link } from "./state.js";
import { count, duration, many, times } from "./format.js";

/** The picture of a series, and the same as a table; `place` is what its spans are searched by. */
export function steps(found, place) {
  const told = found.what === "duration" ? duration : (value) => (Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4))));
  const top = found.steps.reduce((most, step) => Math.max(most, step.p99 ?? 0), 0);
  if (!top && !found.steps.some((step) => step.values)) return h("p", { class: "note" }, `No span of that time has a number for ${found.what}.`);
  const column = (step) => {
    const [far, mid] = [h("i", { class: "far" }), h("i", { class: "mid" })];
    far.style.height = `${top ? (100 * (step.p99 ?? 0)) / top : 0}%`;
    mid.style.height = `${top ? (100 * (step.p50 ?? 0)) / top : 0}%`;
    const name = `${time(step.start)}: ${many(step.spans, "span")}${step.values ? `, p50 ${told(step.p50)}, ${step.p99_is_max ? "at most" : "p99"} ${told(step.p99)}` : ""}${step.errors ? `, ${count(step.errors)} failed` : ""}`;
    const to = link("search", { ...place, since: step.start, until: after(step, found.step_ns), sort: "slowest" });
    return h("a", { href: to, title: name, "aria-label": name, class: step.errors ? "failed" : "" }, far, mid);
  };
  const shown = found.steps;
  return h("figure", { class: "figure" }, h("h2", {}, `${found.what === "duration" ? "Duration" : found.what} over time`), growth(found, told), found.notes.map((text) => h("p", { class: "note" }, text)),
    h("div", { class: "steps" }, h("span", { class: "faint most" }, told(top)), shown.map(column)),
    h("figcaption", { class: "faint" }, `${time(shown[0].start)} to ${time(after(shown[shown.length - 1], found.step_ns))} UTC, ${duration(found.step_ns)} a column: the median dark, the p99 behind it; a red foot where some failed`),
    h("details", {}, h("summary", {}, "As a table"), h("table", { class: "plain" }, h("thead", {}, h("tr", {}, ["From (UTC)", "Spans", "Failed", "p50", "p99", "Max"].map((name, i) => h("th", { scope: "col", class: i ? "number" : "" }, name)))),
      h("tbody", {}, shown.filter((step) => step.spans).map((step) => h("tr", {}, [time(step.start), count(step.spans), step.errors ? count(step.errors) : "", ...[step.p50, step.p99_is_max ? null : step.p99, step.largest].map((value) => (value === null ? "" : told(value)))].map((text, i) => h("td", { class: i ? "number" : "" }, text))))))));
}

function growth({ growth: found }, told) {
  if (!found) return null;
  const sure = found.sure === null ? "too few values to be sure" : found.sure ? "95 % sure" : "which may be chance";
  return h("p", { class: found.sure ? "" : "soft" }, `The median went from ${told(found.first)} in the first third to ${told(found.last)} in the last${found.ratio ? ` (${times(found.ratio)})` : ""}: ${sure}.`);
}

function after(step, length) {
  return new Date(Date.parse(step.start) + length / 1e6).toISOString();
}

function time(iso) {
  return iso.slice(0, 19).replace("T", " ");
}
