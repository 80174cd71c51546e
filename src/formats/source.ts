import { InputError } from "../input-error.ts";

/**
 * Bytes with a name that can be read piece by piece: a file on disk, a File in the browser, bytes in memory. Its shape
 * is that of hyparquet's AsyncBuffer.
 */
export interface Source {
  /** Path or name, for messages and for what a layout keeps in its folders' names. "/" separates folders. */
  readonly name: string;
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  /** Found while looking through a folder: skipped, not refused, where its format is unknown. */
  readonly inFolder?: boolean;
  /** The file of that name in the same folder, if there is one. */
  beside?(name: string): Promise<Source | undefined>;
  /** Names of the files in the same folder. */
  neighbours?(): Promise<readonly string[]>;
}

/** A source of bytes (or UTF-8 text) in memory. */
export function memorySource(name: string, content: Uint8Array | string): Source {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    name,
    byteLength: bytes.length,
    slice: async (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
}

/**
 * What a gzip file holds, as a source in memory under its name without ".gz"; undefined where it is no gzip file.
 * @param head its first bytes
 * @throws InputError where only its name says gzip, it is cut or damaged, or unpacks to more than 2 GB
 */
export async function gunzip(source: Source, head: Uint8Array): Promise<Source | undefined> {
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    const named = source.inFolder ? /\.(jsonl?|jsonlines|csv|tsv|txt)\.gz$/i : /\.gz$/i;
    if (head.length > 0 && named.test(source.name)) throw notGzip(source.name, head);
    return undefined;
  }
  const packed = new Blob([await source.slice(0, source.byteLength)]).stream();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of packed.pipeThrough(new DecompressionStream("gzip"))) {
      parts.push(part);
      length += part.length;
      if (length > 2 ** 31 - 1) break;
    }
  } catch (error) {
    throw new InputError("the gzip file cannot be unpacked", {
      source: source.name,
      found: (error as Error).message,
      hint: "The file is cut off or damaged; copy or make it again.",
    });
  }
  if (length > 2 ** 31 - 1)
    throw new InputError("the gzip file unpacks to more than 2 GB", {
      source: source.name,
      hint: "Unpack it first (gunzip); files are read piece by piece then.",
    });
  const { slice, byteLength } = memorySource(source.name, joinBytes(parts));
  return { ...source, name: source.name.replace(/\.gz$/i, ""), byteLength, slice };
}

function notGzip(source: string, head: Uint8Array): InputError {
  const first = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return new InputError("the name says gzip, but the file is not packed", {
    source,
    found: !isUtf16(head) && head.some(isControl) ? `the first bytes ${first}` : "plain text",
    expected: "the first bytes 1f 8b",
    hint: "Take .gz from its name, or pack it; if it was downloaded, see whether it is an error page.",
  });
}

/** V8 holds no longer string, and a JSON document has to be one. */
const longestText = 500_000_000;

export async function readBytes(source: Source): Promise<Uint8Array> {
  if (source.byteLength > 2 ** 31 - 1)
    throw new InputError("the file is too large to be read at once", {
      source: source.name,
      found: `${(source.byteLength / 1e9).toFixed(1)} GB`,
      expected: "at most 2 GB in this format",
    });
  return new Uint8Array(await source.slice(0, source.byteLength));
}

/** The whole text. @throws InputError where it is not UTF-8 or beyond what a JavaScript string holds */
export async function readText(source: Source): Promise<string> {
  if (source.byteLength > longestText)
    throw new InputError("the file is too large to be read as one JSON document", {
      source: source.name,
      found: `${Math.round(source.byteLength / 1e6)} MB`,
      expected: `at most ${longestText / 1e6} MB`,
      hint: "Split it, or write one JSON object a line (JSON lines are read piece by piece).",
    });
  return textOf(await readBytes(source), source.name);
}

/** The text of a whole file's bytes. @throws InputError where they are binary or not UTF-8 */
export function textOf(bytes: Uint8Array, source: string): string {
  refuseBinary(bytes.subarray(0, 65536), source);
  return decodeUtf8(bytes, source);
}

/** Refuses what has control characters as no text has them: an image, a program, an archive. @throws InputError */
export function refuseBinary(bytes: Uint8Array, source: string): void {
  if (!isUtf16(bytes) && bytes.some(isControl))
    throw new InputError("this is not text", { source, found: "binary data, of no known format" });
}

const escapeSign = 27;
const isControl = (byte: number): boolean => byte < 8 || (byte > 13 && byte < 32 && byte !== escapeSign);

const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

export function decodeUtf8(bytes: Uint8Array, source: string): string {
  if (isUtf16(bytes))
    throw new InputError("the text is in UTF-16", { source, expected: "UTF-8", hint: "Save it as UTF-8." });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    refuseBinary(bytes, source);
    throw new InputError("the text is not valid UTF-8", { source, hint: "Save it as UTF-8." });
  }
}

/** The content in pieces of some megabytes. */
export async function* chunksOf(source: Source, size = 4 << 20): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.byteLength; at += size)
    yield new Uint8Array(await source.slice(at, Math.min(at + size, source.byteLength)));
}

/** A longer line is a mistake (or a format other than told), and would fill the memory. */
export const longestLine = 64 << 20;

export const lineTooLong = (source: string, line: number): InputError =>
  new InputError("the line is too long", {
    source,
    at: `line ${line}`,
    found: `more than ${longestLine >> 20} MB without a line's end`,
    expected: "one record a line",
    hint: "Is this the format you think it is? Is a quotation mark left open?",
  });

/** Calls `use` with each line that is not blank, and its number from 1. */
export async function forEachLine(
  source: Source,
  use: (line: string, number: number) => void,
): Promise<void> {
  // A line may begin in one piece of the file and end in a later one.
  let begun: Uint8Array[] = [];
  let begunLength = 0;
  let number = 1;
  const emit = (end: Uint8Array) => {
    const bytes = begun.length > 0 ? joinBytes([...begun, end]) : end;
    begun = [];
    begunLength = 0;
    const line = decodeUtf8(bytes, `${source.name}, line ${number}`);
    if (line.trim()) use(line, number);
    number++;
  };
  for await (const chunk of chunksOf(source)) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      emit(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
    begunLength += chunk.length - from;
    if (begunLength > longestLine) throw lineTooLong(source.name, number);
  }
  if (begunLength > 0) emit(new Uint8Array(0));
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
