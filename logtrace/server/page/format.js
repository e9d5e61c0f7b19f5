// Numbers and times as people read them.

const UNITS = [["ns", 1], ["µs", 1e3], ["ms", 1e6], ["s", 1e9]];

/** 4.8s, 250ms, 12µs; minutes and hours above that. */
export function duration(ns) {
  if (ns === null || ns === undefined) return "?";
  if (ns === 0) return "0";
  if (ns >= 3600e9) return `${Math.floor(ns / 3600e9)}h${String(Math.round((ns % 3600e9) / 60e9)).padStart(2, "0")}m`;
  if (ns >= 60e9) return `${Math.floor(ns / 60e9)}m${String(Math.round((ns % 60e9) / 1e9)).padStart(2, "0")}s`;
  const [unit, size] = [...UNITS].reverse().find(([, least]) => Math.abs(ns) >= least) || UNITS[0];
  return `${short(ns / size)}${unit}`;
}

function short(number) {
  const digits = Math.abs(number) >= 100 ? 0 : Math.abs(number) >= 10 ? 1 : 2;
  return String(Number(number.toFixed(digits)));
}

/** 12,345 */
export function count(number) {
  return Number(number).toLocaleString("en-US");
}

/** A number with its word: 1 span, 2 spans. */
export function many(number, word) {
  return `${count(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** 2024-01-10 14:31:09.500 of nanoseconds since 1970, which may be text; in UTC. */
export function instant(ns) {
  if (ns === null || ns === undefined) return "no time";
  const ms = Number(BigInt(ns) / 1000000n);
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
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

/** How often: 12/s, 3.4/min, 55/h. */
export function per(second) {
  if (second === null || second === undefined) return "";
  const [unit, factor] = second >= 1 ? ["s", 1] : second * 60 >= 1 ? ["min", 60] : ["h", 3600];
  return second ? `${short(second * factor)}/${unit}` : "";
}

/** A share in percent, with a digit where it is small. */
export function share(part) {
  return part < 0.001 && part ? "<0.1 %" : `${(100 * part).toFixed(part && part < 0.1 ? 1 : 0)} %`;
}

/** How many times as much: 1.4×, 15×. */
export function times(ratio) {
  return `${short(ratio)}×`;
}
