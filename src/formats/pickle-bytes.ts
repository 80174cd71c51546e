import { InputError } from "../input-error.ts";

/** Python itself refuses to read longer decimal integers. */
const maxDigits = 4300;

/** The arguments of a pickle's operations, read one after the other; never past the end. */
export class ByteReader {
  readonly source: string;
  readonly length: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  private at = 0;

  constructor(bytes: Uint8Array, source: string) {
    // Node's Buffer is a Uint8Array, but its slices would be Buffers in the result.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.source = source;
    this.length = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  place(): string {
    return `byte ${this.at}`;
  }

  broken(found: string): InputError {
    return new InputError("this is not a whole pickle", {
      source: this.source,
      at: this.place(),
      found,
      hint: "The file is cut off, damaged, or not a pickle; copy or make it again.",
    });
  }

  /** The next `length` bytes, in place. */
  take(length: number): Uint8Array {
    if (length < 0 || length > this.length - this.at)
      throw this.broken(`${length} bytes announced, ${this.length - this.at} left`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private skip(length: number): number {
    this.take(length);
    return this.at - length;
  }

  char(): string {
    return String.fromCharCode(this.uint8());
  }
  uint8(): number {
    return this.bytes[this.skip(1)];
  }
  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }
  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }
  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }
  uint64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }
  float64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** A frame only announces how much follows. */
  frame(): void {
    const length = this.uint64();
    if (length > this.length - this.at)
      throw this.broken(`a frame of ${length} bytes announced, ${this.length - this.at} left`);
  }

  text(length: number): string {
    const bytes = this.take(length);
    try {
      return this.utf8.decode(bytes);
    } catch {
      // Python 2's byte strings, and its surrogatepass for lone surrogates.
      return latin1(bytes);
    }
  }

  /** Up to the next line feed, which is dropped. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw this.broken("a line without its end");
    const text = latin1(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** Protocol 0 writes True and False as the integers 01 and 00. */
  decimalOrBoolean(): number | bigint | boolean {
    const text = this.line();
    return text === "01" ? true : text === "00" ? false : this.integer(text);
  }
  decimal(): number | bigint {
    return this.integer(this.line().replace(/L$/, ""));
  }
  memoKey(): number {
    return Number(this.decimal());
  }
  private integer(text: string): number | bigint {
    if (!/^\s*[+-]?\d+\s*$/.test(text) || text.length > maxDigits)
      throw this.broken(`not an integer: ${JSON.stringify(text.slice(0, 40))}`);
    return narrow(BigInt(text.trim().replace(/^\+/, "")));
  }
  decimalFloat(): number {
    const text = this.line().trim();
    const special: Record<string, number> = {
      nan: Number.NaN,
      inf: Number.POSITIVE_INFINITY,
      "-inf": Number.NEGATIVE_INFINITY,
    };
    if (Object.hasOwn(special, text)) return special[text];
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text))
      throw this.broken(`not a number: ${JSON.stringify(text.slice(0, 40))}`);
    return Number(text);
  }

  /** A two's-complement little-endian integer. */
  long(length: number): number | bigint {
    if (length > maxDigits) throw this.broken(`an integer of ${length} bytes`);
    const bytes = this.take(length);
    if (length === 0) return 0;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
      .reverse()
      .join("");
    return narrow(BigInt.asIntN(length * 8, BigInt(`0x${hex}`)));
  }

  /** A string in quotes, as Python's repr writes it (protocol 0 of Python 2). */
  quoted(): string {
    const text = this.line();
    const quote = text[0];
    if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote)
      throw this.broken("a string without its quotes");
    return expandEscapes(text.slice(1, -1), /\\(?:x([0-9a-f]{2})|(.))/gi);
  }

  /** Protocol 0's "raw-unicode-escape". */
  rawUnicode(): string {
    return expandEscapes(this.line(), /\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))/g);
  }
}

const narrow = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/** One character per byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

function expandEscapes(text: string, escapes: RegExp): string {
  const letters: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  return text.replace(escapes, (_, code: string | undefined, other: string | undefined) => {
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    if (other !== undefined && other.length === 8) return String.fromCodePoint(Number.parseInt(other, 16));
    return letters[other ?? ""] ?? other ?? "";
  });
}
