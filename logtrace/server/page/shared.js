// A file with one trace inside, opened from disk: the same view, and no server to ask.

import { h, fill } from "./dom.js";
import { traceView } from "./trace.js";
import { themeButton } from "./theme.js";
import { helpDialog } from "./help.js";

/** The source (see api.js) over what the file holds. */
function held(data) {
  const lines = data.lines;
  const text = (span) => [span.service, span.operation, span.span_id, span.error_message, span.error_type, ...Object.entries(span.attributes).map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`),
    ...span.lines.map((line) => line.body)].join("\n").toLowerCase();
  return {
    trace: async () => data.trace,
    span: async (id) => {
      if (Object.hasOwn(data.spans, id)) return data.spans[id];
      throw Object.assign(new Error("this file does not hold more of this span"), { hint: "logtrace serve does" });
    },
    logs: async () => ({ lines, more: data.more_lines, next: null }),
    find: async (wanted) => Object.values(data.spans).filter((span) => text(span).includes(wanted.toLowerCase())).map((span) => span.span_id),
    errors: async () => data.errors,
    alone: true,
  };
}

/** Shows it. */
export function shared() {
  const data = JSON.parse(document.getElementById("data").textContent);
  fill(document.querySelector(".top"), h("span", { class: "mark" }, "logtrace"), h("span", { class: "soft" }, data.told), h("span", { class: "space" }), themeButton(),
    h("button", { class: "quiet", "aria-label": "Keys and signs", onclick: helpDialog }, "?"));
  traceView(document.getElementById("view"), held(data), new URLSearchParams(location.search));
}
