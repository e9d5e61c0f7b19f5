// The keys of a trace, as Jaeger's page has them, with errors and finds besides.

/** Listens until the function that comes back is called. */
export function traceKeys(view) {
  const pan = (part) => {
    const [from, to] = view.model.window;
    view.zoom(from + (to - from) * part, to + (to - from) * part);
  };
  const widen = (factor) => {
    const [from, to] = view.model.window;
    const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
    view.zoom(middle - half, middle + half);
  };
  const acts = {
    f: () => view.stepSpan(1), b: () => view.stepSpan(-1), e: () => view.step(view.model.errors, 1), E: () => view.step(view.model.errors, -1),
    n: () => view.stepFound(1), N: () => view.stepFound(-1),
    a: () => pan(-0.1), d: () => pan(0.1), A: () => pan(-0.5), D: () => pan(0.5), ArrowLeft: (far) => pan(far ? -0.5 : -0.1), ArrowRight: (far) => pan(far ? 0.5 : 0.1),
    ArrowUp: (far) => widen(far ? 0.4 : 0.8), ArrowDown: (far) => widen(far ? 2.5 : 1.25), "+": () => widen(0.8), "-": () => widen(1.25),
    s: () => view.fall.tree.scrollBy(0, 240), w: () => view.fall.tree.scrollBy(0, -240),
    "]": () => view.folding(() => view.model.foldAll(true)), "[": () => view.folding(() => view.model.foldAll(false)),
    p: () => view.folding(() => view.model.foldLevel(true)), o: () => view.folding(() => view.model.foldLevel(false)),
    Escape: () => (view.box.value ? clear(view) : view.side.hidden ? null : view.unselect()),
  };
  const press = (event) => {
    const typing = /INPUT|TEXTAREA|SELECT/.test(event.target.tagName);
    if ((event.ctrlKey || event.metaKey) && event.key === "b") { view.box.focus(); event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (typing && event.key === "Enter" && event.target === view.box) { view.stepFound(event.shiftKey ? -1 : 1); return; }
    const act = acts[event.key];
    if (!act || (typing && event.key !== "Escape")) return;
    act(event.shiftKey);
    event.preventDefault();
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

function clear(view) {
  view.box.value = "";
  view.find();
  view.box.blur();
}
