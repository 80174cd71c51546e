import type { Source } from "../formats/index.ts";
import type { LongColumns } from "./long.ts";
import type { ResponseTable } from "./table.ts";

/** How to read what the content alone does not tell. */
export interface ReadOptions {
  /** Name of the subject, for files that do not name it (lm-evaluation-harness samples outside of their folder). */
  readonly subject?: string;
  /** The metric (lm-eval, HELM), scorer (Inspect) or named score (promptfoo) to take; of lm-eval several, the first that a task has. */
  readonly metric?: string;
  /** The answer filter to take (lm-eval: strict-match, flexible-extract, …), or several; tasks without named filters keep their answers. */
  readonly filter?: string;
  /** Columns of a long table that have other names than the usual ones. */
  readonly columns?: { readonly [role in keyof LongColumns]?: string };
  /** What stands in the rows of a wide table, where its first column's name does not tell. */
  readonly rows?: "subjects" | "items";
  /**
   * Dollars for a subject's tokens, NaN where its price is unknown. What it gives goes before a cost that the file
   * states.
   */
  readonly tokenCost?: (subject: string, input: number, output: number) => number;
}

/** What a reader works with: where the responses go, and where it says what the user should know. */
export interface Reading {
  readonly source: Source;
  readonly table: ResponseTable;
  readonly options: ReadOptions;
  readonly warn: (message: string) => void;
}

/** A JSON document of a known layout. */
export interface JsonFormat {
  readonly name: string;
  readonly title: string;
  /** Whether a parsed document is of this layout; wrong details are for `read` to name. */
  matches(value: unknown): boolean;
  read(value: unknown, text: string, reading: Reading): void | Promise<void>;
}

/** JSON lines of a known layout. */
export interface JsonLinesFormat {
  readonly name: string;
  readonly title: string;
  matches(first: unknown): boolean;
  open(reading: Reading): Promise<LineReader> | LineReader;
}

/** Reads one line after the other. */
interface LineReader {
  (value: unknown, line: number): void;
  /** Called after the last one. */
  readonly end?: () => void;
}

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isListOfObjects = (value: unknown): value is JsonObject[] =>
  Array.isArray(value) && value.every(isObject);

/** The string, or undefined for anything else and for the empty one. */
export const textOrNone = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** The number, or NaN for anything else; true is 1, false is 0. */
export const numberOrNaN = (value: unknown): number =>
  typeof value === "number" ? value : typeof value === "boolean" ? Number(value) : Number.NaN;

/** The folders and the file in a source's name, from the root. */
export const pathOf = (source: Source): string[] =>
  source.name.split(/[\\/]/).filter((part) => part && part !== ".");

/**
 * A short id made from a text, the same wherever the text appears: 53 bits of a multiplicative hash (cyrb53).
 */
export function textId(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16).padStart(14, "0");
}

/** The name that a value from a document stands for: anything but text and numbers as its JSON. */
export const nameOf = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

/** Dollars for one answer: by its tokens where they and the subject's price are known, else as the file states. */
export function costOfTokens(
  { tokenCost }: ReadOptions,
  subject: string,
  input: number,
  output: number,
  stated: number,
): number {
  const counted = tokenCost ? tokenCost(subject, input, output) : Number.NaN;
  return Number.isNaN(counted) ? stated : counted;
}
