/**
 * Replaces the string value of a top-level key in a JSON object's text, leaving every other byte alone, so that
 * numbers, unknown fields and the order of keys reach the upstream as the client wrote them.
 *
 * @param text a valid JSON object
 * @returns the text with the last occurrence of the key replaced (the one that counts), or with the key added
 */
export function withTopLevelString(text: string, key: string, value: string): string {
  const found = lastTopLevelValue(text, key);
  if (found) return text.slice(0, found.start) + JSON.stringify(value) + text.slice(found.end);
  const open = text.indexOf("{") + 1;
  const empty = /^\s*\}/.test(text.slice(open, open + 64));
  return `${text.slice(0, open)}${JSON.stringify(key)}:${JSON.stringify(value)}${empty ? "" : ","}${text.slice(open)}`;
}

/** Where the value of a top-level key stands, when that value is a string. */
function lastTopLevelValue(text: string, key: string): { start: number; end: number } | undefined {
  let found: { start: number; end: number } | undefined;
  let depth = 0;
  let expectsKey = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      const end = stringEnd(text, i);
      if (depth === 1 && expectsKey) {
        expectsKey = false;
        const raw = text.slice(i, end);
        if (raw === `"${key}"` || (raw.includes("\\") && JSON.parse(raw) === key)) {
          const start = /\s*:\s*/y;
          start.lastIndex = end;
          start.test(text);
          if (text.charCodeAt(start.lastIndex) === 0x22)
            found = { start: start.lastIndex, end: stringEnd(text, start.lastIndex) };
        }
      }
      i = end - 1;
    } else if (code === 0x7b || code === 0x5b) {
      depth++;
      if (depth === 1) expectsKey = true;
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x2c && depth === 1) expectsKey = true;
  }
  return found;
}

/** Offset just past the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}
