// Text as it is logged may hold what nobody sees: marks that turn the order of the text around them, controls, no-width letters.

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u3164\uffa0]/u;
const EACH = new RegExp(`(?<![\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d|(?![\\n\\t\\u200d])${UNSAFE.source}`, "gu");

/** The text with all that as visible escapes, as the terminal writes them; line ends, tabs and joined emoji stay. */
export function visible(text) {
  return UNSAFE.test(text) ? text.replace(EACH, escaped) : text;
}

function escaped(char) {
  const code = char.codePointAt(0);
  const [mark, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${mark}${code.toString(16).padStart(digits, "0")}`;
}
