// The frame: navigation, theme, keys, and which view an address shows.

import { h, fill } from "./dom.js";
import { here, go, link } from "./state.js";
import { searchView } from "./search.js";
import { traceView } from "./trace.js";
import { served } from "./api.js";
import { compareView } from "./compare.js";
import { cohortsView } from "./cohorts.js";
import { statsView } from "./stats.js";
import { errorsView } from "./errors.js";
import { servicesView } from "./services.js";
import { helpDialog } from "./help.js";
import { themeButton } from "./theme.js";

const NAV = [["search", "Search"], ["errors", "Errors"], ["stats", "Statistics"], ["services", "Services"], ["compare", "Compare"]];
const VIEWS = { search: searchView, errors: errorsView, stats: statsView, services: servicesView, compare: compareView, cohorts: cohortsView };
const WITHIN = { cohorts: "compare" };
let closing = null;

function frame() {
  const box = h("input", { name: "id", placeholder: "trace, span or request id", "aria-label": "Open a trace by id", autocomplete: "off", spellcheck: "false" });
  const form = h("form", { role: "search", onsubmit: (event) => {
    event.preventDefault();
    if (box.value.trim()) go(`trace/${encodeURIComponent(box.value.trim())}`);
    box.value = "";
  } }, box);
  fill(document.querySelector(".top"),
    h("a", { class: "mark", href: link("search") }, "logtrace"),
    h("nav", { "aria-label": "Views" }, NAV.map(([path, name]) => h("a", { href: link(path), "data-path": path }, name))),
    h("span", { class: "space" }), form, themeButton(),
    h("button", { class: "quiet", "aria-label": "Keys and signs", title: "Keys and signs (?)", onclick: helpDialog }, "?"));
}

// What is no text that was encoded is an id that nobody has: it is said of it as it stands.
function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

function show() {
  const { path, query } = here();
  const view = document.getElementById("view");
  if (closing) closing();
  const [first, ...rest] = path.split("/");
  const id = decoded(rest.join("/"));
  const name = first === "trace" && id ? "trace" : Object.hasOwn(VIEWS, first) ? first : "search";
  for (const each of document.querySelectorAll(".top nav a")) {
    if (each.dataset.path === (WITHIN[name] || name)) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  document.title = "logtrace";
  if (name === "trace") closing = traceView(view, served(id), query);
  else closing = VIEWS[name](view, query);
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest && event.target.closest("a[href]");
  if (!anchor || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const url = new URL(anchor.href);
  if (url.origin !== location.origin || anchor.hasAttribute("download") || anchor.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  history.pushState(null, "", url);
  show();
});
addEventListener("popstate", show);
addEventListener("keydown", (event) => {
  if (event.key === "?" && !/INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) helpDialog();
});
frame();
show();
