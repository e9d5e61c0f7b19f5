// A trace in columns, and what is shown of it: folded spans, the window of time, what was found.

export const INFERRED = 1, UNSURE = 2, PHANTOM = 4, BOUND = 8, GUESSED = 16, OPEN = 32, ADJUSTED = 64;

export class Model {
  /** The columns come in tree order: what is below a span follows it. */
  constructor(trace) {
    this.trace = trace;
    this.spans = trace.spans;
    this.size = trace.spans.id.length;
    this.ends = ends(trace.spans.depth);
    this.folded = new Set();
    this.errors = [];
    for (let i = 0; i < this.size; i++) if (this.spans.error[i]) this.errors.push(i);
    this.errors.sort((a, b) => (this.spans.at[a] ?? 0) - (this.spans.at[b] ?? 0) || a - b);
    this.below = failedBelow(this);
    this.sections = new Map();
    for (const [span, at, length] of trace.path) {
      if (!this.sections.has(span)) this.sections.set(span, []);
      this.sections.get(span).push([at, length]);
    }
    this.whole = [0, Math.max(trace.duration_ns || 0, 1)];
    this.window = this.whole;
    this.found = new Set();
    this.see();
  }

  /** Where a span is among the rows; -1 where it is folded away. */
  rowOf(span) {
    let [low, high] = [0, this.rows.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle] === span) return middle;
      if (this.rows[middle] < span) low = middle + 1; else high = middle - 1;
    }
    return -1;
  }

  /** Counts the rows anew. */
  see() {
    const rows = [];
    for (let i = 0; i < this.size; i = this.folded.has(i) ? this.ends[i] : i + 1) rows.push(i);
    this.rows = rows;
  }

  hasChildren(span) { return this.ends[span] > span + 1; }

  fold(span, on) {
    if (on && this.hasChildren(span)) this.folded.add(span); else this.folded.delete(span);
    this.see();
  }

  foldAll(on) {
    this.folded.clear();
    if (on) for (let i = 0; i < this.size; i++) if (this.hasChildren(i)) this.folded.add(i);
    this.see();
  }

  /** Folds (or unfolds) one more level of what can be seen. */
  foldLevel(on) {
    const open = this.rows.filter((span) => this.hasChildren(span) && this.folded.has(span) !== on);
    const depths = open.map((span) => this.spans.depth[span]);
    const depth = on ? Math.max(...depths, -1) : Math.min(...depths, Infinity);
    for (const span of open) if (this.spans.depth[span] === depth) on ? this.folded.add(span) : this.folded.delete(span);
    this.see();
  }

  /** Unfolds whatever hides a span. */
  reveal(span) {
    for (let up = this.spans.parent[span]; up >= 0; up = this.spans.parent[up]) this.folded.delete(up);
    this.see();
  }

  service(span) { return this.trace.services[this.spans.service[span]]; }

  name(span) { return this.trace.names[this.spans.name[span]]; }

  is(span, mark) { return (this.spans.marks[span] & mark) !== 0; }

  /** Moves the window of time; never out of the trace, never to nothing. */
  zoom(from, to) {
    const least = Math.max(1, this.whole[1] / 1e6);
    const width = Math.min(Math.max(to - from, least), this.whole[1]);
    const start = Math.min(Math.max(from, 0), this.whole[1] - width);
    this.window = [start, start + width];
  }

  isWhole() { return this.window[0] === 0 && this.window[1] === this.whole[1]; }

  /** Spans whose service, operation or id has all words; more is known to the server. */
  match(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = new Set();
    const names = this.trace.names.map((each) => each.toLowerCase());
    const services = this.trace.services.map((each) => each.toLowerCase());
    for (let i = 0; i < this.size; i++) {
      const told = `${services[this.spans.service[i]]} ${names[this.spans.name[i]]} ${this.spans.id[i]}`;
      if (words.every((word) => told.includes(word))) found.add(i);
    }
    return found;
  }
}

/** For each span the place behind the last one below it. */
function ends(depth) {
  const found = new Int32Array(depth.length);
  const open = [];
  for (let i = 0; i <= depth.length; i++) {
    while (open.length && (i === depth.length || depth[open[open.length - 1]] >= depth[i])) found[open.pop()] = i;
    open.push(i);
  }
  return found;
}

/** How many spans below each have an error. */
function failedBelow(model) {
  const found = new Int32Array(model.size);
  for (let i = model.size - 1; i > 0; i--) {
    const parent = model.spans.parent[i];
    if (parent >= 0) found[parent] += found[i] + (model.spans.error[i] ? 1 : 0);
  }
  return found;
}
