import { InputError } from "../input-error.ts";
import type { Interner } from "./interner.ts";
import { chunksOf, decodeUtf8, joinBytes, lineTooLong, longestLine, type Source } from "./source.ts";

const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

/** One record as it stands in the file's bytes; valid only until the next is read. */
export class CsvRecord {
  /** Line of the file that the record starts on, from 1. */
  line = 1;
  length = 0;
  bytes: Uint8Array = new Uint8Array(0);
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** 1 where the field holds doubled quotes. */
  readonly escaped: number[] = [];
  private readonly source: string;
  private readonly decode = (bytes: Uint8Array): string =>
    decodeUtf8(bytes, `${this.source}, line ${this.line}`);

  constructor(source: string) {
    this.source = source;
  }

  text(field: number): string {
    const text = this.decode(this.bytes.subarray(this.starts[field], this.ends[field]));
    return this.escaped[field] ? text.replaceAll('""', '"') : text;
  }

  texts(): string[] {
    return Array.from({ length: this.length }, (_, field) => this.text(field));
  }

  isEmpty(field: number): boolean {
    return this.starts[field] === this.ends[field];
  }

  /** Number of the field's text in `names`. */
  nameIndex(field: number, names: Interner): number {
    return this.escaped[field]
      ? names.index(this.text(field))
      : names.indexOfBytes(this.bytes, this.starts[field], this.ends[field], this.decode);
  }

  /** The field as a number; NaN where it is none. Plain decimals are read without making a string. */
  number(field: number): number {
    const end = this.ends[field];
    let at = this.starts[field];
    if (end === at) return Number.NaN;
    if (end - at < 16) {
      let digits = 0;
      let scale = 1;
      let point = false;
      for (; at < end; at++) {
        const byte = this.bytes[at];
        if (byte >= 48 && byte <= 57) {
          digits = digits * 10 + (byte - 48);
          if (point) scale *= 10;
        } else if (byte === 46 && !point && end - this.starts[field] > 1) point = true;
        else break;
      }
      if (at === end) return digits / scale;
    }
    const text = this.text(field).trim();
    return text === "" ? Number.NaN : Number(text);
  }
}

/**
 * Reads CSV (RFC 4180; comma, semicolon or tab, told from the first line) record by record, in constant memory.
 * Written here because reading ten million rows takes the general parsers of the registry 17 to 40 seconds.
 * @param use gets each record, the header first; blank lines are left out
 * @throws InputError naming the line for a quote left open, for a line that never ends, or text that is not UTF-8
 */
export async function scanCsv(source: Source, use: (record: CsvRecord) => void): Promise<void> {
  const record = new CsvRecord(source.name);
  let bytes: Uint8Array = new Uint8Array(0);
  let delimiter = 0;
  let line = 1;
  let first = true;

  /** Reads the record at `from`; gives the place after it, or −1 where the bytes end before it. */
  const readRecord = (from: number, last: boolean): number => {
    let at = from;
    let field = 0;
    let lines = 0;
    for (;;) {
      let start = at;
      let end: number;
      let escaped = 0;
      if (bytes[at] === quote) {
        start = ++at;
        for (;;) {
          while (at < bytes.length && bytes[at] !== quote) if (bytes[at++] === lineFeed) lines++;
          if (at + 1 >= bytes.length && !last) return -1;
          if (at >= bytes.length)
            throw new InputError("a quotation mark is left open", {
              source: source.name,
              at: `line ${line}, field ${field + 1}`,
              hint: 'Close it, or double it ("") where it belongs to the text.',
            });
          if (bytes[at + 1] !== quote) break;
          escaped = 1;
          at += 2;
        }
        end = at++;
        // Text after the closing quote is no CSV, but harmless where it is blank.
        while (at < bytes.length && bytes[at] !== delimiter && bytes[at] !== lineFeed) at++;
      } else {
        while (at < bytes.length && bytes[at] !== delimiter && bytes[at] !== lineFeed) at++;
        end = at > start && bytes[at] !== delimiter && bytes[at - 1] === carriageReturn ? at - 1 : at;
      }
      if (at >= bytes.length && !last) return -1;
      record.starts[field] = start;
      record.ends[field] = end;
      record.escaped[field] = escaped;
      field++;
      if (at >= bytes.length || bytes[at] === lineFeed) break;
      at++;
    }
    record.bytes = bytes;
    record.length = field;
    record.line = line;
    line += lines + 1;
    return at + 1;
  };

  const consume = (last: boolean): void => {
    let from = 0;
    if (first && bytes.length > 0) {
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) from = 3;
      delimiter = delimiterOf(bytes.subarray(from));
      first = false;
    }
    while (from < bytes.length) {
      const next = readRecord(from, last);
      if (next < 0) break;
      from = next;
      if (record.length > 1 || !record.isEmpty(0)) use(record);
    }
    bytes = bytes.subarray(Math.min(from, bytes.length));
    if (bytes.length > longestLine) throw lineTooLong(source.name, line);
  };

  // A record that no piece has ended yet is tried again only when it has doubled, so that long ones cost no squares.
  let waiting: Uint8Array[] = [];
  let waitingLength = 0;
  for await (const chunk of chunksOf(source)) {
    waiting.push(chunk);
    waitingLength += chunk.length;
    if (waitingLength < bytes.length) continue;
    bytes = bytes.length > 0 || waiting.length > 1 ? joinBytes([bytes, ...waiting]) : chunk;
    waiting = [];
    waitingLength = 0;
    consume(false);
  }
  if (waiting.length > 0) bytes = joinBytes([bytes, ...waiting]);
  consume(true);
}

/** The separator that stands most often in the first line, outside of quotes. */
export function delimiterOf(bytes: Uint8Array): number {
  const counts = new Map([",", "\t", ";"].map((char) => [char.charCodeAt(0), 0]));
  let quoted = false;
  for (const byte of bytes) {
    if (byte === quote) quoted = !quoted;
    else if (byte === lineFeed && !quoted) break;
    else if (!quoted && counts.has(byte)) counts.set(byte, counts.get(byte)! + 1);
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** CSV with a header, each record on a line; fields are quoted where they must be. */
export function writeCsv(header: readonly string[], rows: Iterable<readonly (string | number)[]>): string {
  const field = (value: string | number) =>
    typeof value === "string" && /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);
  const lines = [header.map(field).join(",")];
  for (const row of rows) lines.push(row.map(field).join(","));
  return `${lines.join("\n")}\n`;
}
