// Numbers and times as people read them.

const UNITS = [["µs", 1e3], ["ms", 1e6], ["s", 1e9]];
const SPARE = 40;

/** A duration as the terminal tells it: three significant digits and the unit that suits it; 45.3ms, 1.2s, 2m05s, 1h02m. */
export function duration(ns) {
  if (ns === null || ns === undefined) return "?";
  if (ns < 0) return `-${duration(-ns)}`;
  if (ns < 1000) return ns ? `${rounded(ns, 0)}ns` : "0";
  for (const [unit, size] of UNITS) {
    const shown = significant(ns / size);
    if (shown < (unit === "s" ? 60 : 1000)) return `${shown}${unit}`;
  }
  const seconds = rounded(ns / 1e9, 0);
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)}h${two((seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86400)}d${two((seconds / 3600) % 24)}h`;
}

/** A number to so many digits behind the point. A tie goes to the even digit, as in the terminal: toFixed goes away from zero. */
export function rounded(number, digits) {
  const exact = number.toFixed(digits + SPARE);
  const kept = exact.slice(0, -SPARE).replace(/\.$/, "");
  const isTie = /^50*$/.test(exact.slice(-SPARE)) && "02468".includes(kept.slice(-1));
  return Number(isTie ? kept : number.toFixed(digits));
}

/** A number with three significant digits, or whole where it is larger than that. */
function significant(number) {
  const power = number ? Number(number.toExponential().split("e")[1]) : 0;
  return rounded(number, Math.min(50, Math.max(0, 2 - power)));
}

/** 12,345 */
export function count(number) {
  return Number(number).toLocaleString("en-US");
}

/** A number with its word: 1 span, 2 spans. */
export function many(number, word) {
  return `${count(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** 2024-01-10 14:31:09.500 of nanoseconds since 1970, which may be text; in UTC. A number holds them to a quarter of a microsecond
 * only, so that what is below that is not to make it the millisecond before. */
export function instant(ns) {
  if (ns === null || ns === undefined) return "no time";
  const ms = typeof ns === "number" ? Math.floor(Math.round(ns / 1000) / 1000) : Number(BigInt(ns) / 1000000n);
  return stamp(new Date(ms).toISOString());
}

/** The same of a time that is text already: 2024-01-10T14:31:09.500Z. */
export function stamp(text) {
  return text.replace("T", " ").replace("Z", "");
}

/** How far into the trace: +1.25s. */
export function offset(ns) {
  return ns === null || ns === undefined ? "" : `+${duration(ns)}`;
}

/** A value of an attribute as text. */
export function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

const LEVELS = [[21, "fatal"], [17, "error"], [13, "warn"], [9, "info"], [5, "debug"], [1, "trace"]];

/** The word of a severity number; "" for none. */
export function level(severity) {
  const found = LEVELS.find(([least]) => severity >= least);
  return found ? found[1] : "";
}

/** Type and message of an error as one text; "" where none is told. */
export function failure(each) {
  return [each.error_type, each.error_message].filter(Boolean).join(": ");
}

/** How often: 12/s, 3.4/min, 55/h. */
export function per(second) {
  if (second === null || second === undefined) return "";
  const [unit, factor] = second >= 1 ? ["s", 1] : second * 60 >= 1 ? ["min", 60] : ["h", 3600];
  return second ? `${count(significant(second * factor))}/${unit}` : "";
}

/** A share in percent, with a digit where it is small; "" for nothing, never 0 or 100 for what is more or less. */
export function share(part) {
  if (part <= 0) return "";
  if (part < 0.001) return "<0.1 %";
  if (part < 0.0995) return `${rounded(100 * part, 1).toFixed(1)} %`;
  return `${Math.min(rounded(100 * part, 0), part < 1 ? 99 : 100)} %`;
}

/** How many times as much: 1.4×, 15×. */
export function times(ratio) {
  return `${significant(ratio)}×`;
}
