// Which spans are folded, as a short text for the address. Folding goes by depth ("all below the second level") or by hand, so
// the text names the depth that comes nearest, and what differs from it:
//
//   3,17         these spans
//   d2           all that are two deep and deeper
//   d2.AgEF      the same, but for some: how many spans that can be folded lie before each of them, behind the one before
//   d2~x8A…      the same, but for many: a bit for each span that can be folded
//
// So it never takes more than a bit a span, whatever is folded.

const SHORT = 20, BITS = 8, LOW = 0x7f, MORE = 0x80;

/** The text for a model; "" where nothing is folded. */
export function foldText(model) {
  const folded = [...model.folded].sort((a, b) => a - b);
  if (folded.length <= SHORT) return folded.join(",");
  const can = foldable(model);
  const depth = nearest(model, can);
  const odd = [];
  can.forEach((span, i) => { if (model.folded.has(span) !== model.spans.depth[span] >= depth) odd.push(i); });
  if (!odd.length) return `d${depth}`;
  const [steps, bits] = [stepsOf(odd), bitsOf(odd, can.length)];
  return steps.length <= bits.length ? `d${depth}.${base64(steps)}` : `d${depth}~${base64(bits)}`;
}

/** The spans that a text means; what is no such text means none. */
export function foldsOf(text, model) {
  const [, depth, sign, packed] = /^d(\d+)(?:([.~])([\w-]+))?$/.exec(text) || [];
  if (depth === undefined) return new Set(text.split(",").filter(Boolean).map(Number).filter((span) => span < model.size && model.hasChildren(span)));
  const can = foldable(model);
  const odd = new Set(sign ? (sign === "." ? unstep : unbit)(bytesOf(packed)) : []);
  return new Set(can.filter((span, i) => odd.has(i) !== model.spans.depth[span] >= Number(depth)));
}

function foldable(model) {
  const found = [];
  for (let i = 0; i < model.size; i++) if (model.hasChildren(i)) found.push(i);
  return found;
}

/** The depth from which on all being folded differs least from what is; one past the deepest is nothing at all. */
function nearest(model, can) {
  const gain = [];
  for (const span of can) {
    const depth = model.spans.depth[span];
    gain[depth] = (gain[depth] || 0) + (model.folded.has(span) ? 1 : -1);
  }
  let [best, most, sum] = [gain.length, 0, 0];
  for (let depth = gain.length - 1; depth >= 0; depth--) {
    sum += gain[depth] || 0;
    if (sum > most) [best, most] = [depth, sum];
  }
  return best;
}

/** Steps between ascending numbers, seven bits a byte, the last byte of each without the eighth. */
function stepsOf(numbers) {
  const found = [];
  let before = 0;
  for (const number of numbers) {
    let step = number - before;
    for (; step > LOW; step >>= 7) found.push((step & LOW) | MORE);
    found.push(step);
    before = number;
  }
  return found;
}

function unstep(bytes) {
  const found = [];
  let [at, step, shift] = [0, 0, 0];
  for (const byte of bytes) {
    step |= (byte & LOW) << shift;
    shift += 7;
    if (byte & MORE) continue;
    at += step;
    found.push(at);
    [step, shift] = [0, 0];
  }
  return found;
}

function bitsOf(numbers, size) {
  const found = new Array(Math.ceil(size / BITS)).fill(0);
  for (const number of numbers) found[Math.floor(number / BITS)] |= 1 << number % BITS;
  return found;
}

function unbit(bytes) {
  return [...bytes].flatMap((byte, i) => Array.from({ length: BITS }, (_, bit) => bit).filter((bit) => byte & (1 << bit)).map((bit) => i * BITS + bit));
}

function base64(bytes) {
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytesOf(text) {
  try { return Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0)); } catch { return []; }
}
