import { findNodeAtLocation, getLocation, type ParseError, parse, parseTree } from "jsonc-parser";
import { InputError } from "../input-error.ts";

/** Way to an element of a JSON document: indices and field names from the root. */
export type JsonPath = readonly (string | number)[];

/**
 * The value of a JSON text. A byte-order mark is skipped.
 * @param line the number of its first line, where the text is a part of a file
 * @throws InputError that names line, column and element of the first error
 */
export function parseJson(text: string, source: string, line = 1): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw jsonError(text, source, line);
  }
}

/**
 * As `parseJson`, but reads the `NaN`, `Infinity` and `-Infinity` that Python's json module writes as null.
 */
export function parsePythonJson(text: string, source: string, line = 1): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const tokens = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;
    return parseJson(
      text.replace(tokens, (token) => (token[0] === '"' ? token : "null")),
      source,
      line,
    );
  }
}

/** Whether a text is JSON by itself: a line that was not cut off, say. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** "line 3, column 7" of the element at `path`; undefined where the document has none. */
export function positionInJson(text: string, path: JsonPath): string | undefined {
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, [...path]);
  return node && positionAt(text, node.offset);
}

/** "line 3, column 7" of a character, both counted from 1. */
function positionAt(text: string, offset: number, firstLine = 1): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  let line = firstLine;
  for (let at = text.indexOf("\n"); at >= 0 && at < lineStart; at = text.indexOf("\n", at + 1)) line++;
  return `line ${line}, column ${offset - lineStart + 1}`;
}

function jsonError(text: string, source: string, line: number): InputError {
  if (text.trim() === "" || text.trim() === "\ufeff")
    return new InputError("the file is empty", { source, expected: "JSON" });
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  // What JSON.parse alone refuses (a control character in a string, say) the lenient parser may let pass.
  const offset = errors[0]?.offset ?? 0;
  const path = errors.length > 0 ? getLocation(text, offset).path : [];
  const token = /^\s*("[^"]{0,20}|[\w.+-]{1,24}|\S)/.exec(text.slice(offset))?.[1];
  const found = token ?? (text.slice(offset).trim() ? undefined : "the end of the file");
  return new InputError("this is not valid JSON", {
    source,
    ...(errors.length > 0 && { at: positionAt(text, offset, line) + describePath(path) }),
    ...(found && { found }),
    hint:
      token === "NaN" || token?.endsWith("Infinity")
        ? "JSON has no NaN or Infinity: leave the entry out, or write a number."
        : found === "the end of the file"
          ? "The file is probably cut off; copy or make it again."
          : "Mend the file there, or write it again with a JSON library.",
  });
}

/** " (entry 12, scores, gpt-4)": the way to an element as a reader counts it. */
function describePath(path: JsonPath): string {
  const parts = path.map((step) => (typeof step === "number" ? `entry ${step}` : step)).filter(Boolean);
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}
