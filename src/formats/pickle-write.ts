import { descriptionOf, encodeArray, itemSize, type NdArray } from "./ndarray.ts";

/** What can be written: Python's None, bool, int or float, str, list, dict (from a Map or an object), ndarray. */
export type Picklable =
  | null
  | boolean
  | number
  | string
  | NdArray
  | readonly Picklable[]
  | ReadonlyMap<string | number, Picklable>
  | { readonly [key: string]: Picklable };

/**
 * A pickle (protocol 4) that `pickle.load` reads with NumPy ≥ 1.24 and ≥ 2. A whole number becomes an int, any
 * other a float.
 */
export function writePickle(value: Picklable): Uint8Array {
  const out = new Output();
  out.bytes(0x80, 4);
  write(out, value);
  out.op(".");
  return out.whole();
}

function write(out: Output, value: Picklable): void {
  if (value === null) out.op("N");
  else if (typeof value === "boolean") out.bytes(value ? 0x88 : 0x89);
  else if (typeof value === "number") writeNumber(out, value);
  else if (typeof value === "string") writeString(out, value);
  else if (isArrayOfNumbers(value)) writeArray(out, value);
  else if (isList(value)) {
    out.op("]");
    out.op("(");
    for (const item of value) write(out, item);
    out.op("e");
  } else {
    out.op("}");
    out.op("(");
    for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
      write(out, key as string | number);
      write(out, item as Picklable);
    }
    out.op("u");
  }
}

const isList = (value: object): value is readonly Picklable[] => Array.isArray(value);
const isArrayOfNumbers = (value: object): value is NdArray =>
  "dtype" in value && "shape" in value && "data" in value && ArrayBuffer.isView(value.data);

function writeNumber(out: Output, value: number): void {
  if (Number.isInteger(value) && value === (value | 0) && !Object.is(value, -0)) {
    out.op("J");
    out.int32(value);
  } else if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    out.bytes(0x8a, 8);
    out.int64(BigInt(value));
  } else {
    out.op("G");
    out.float64BigEndian(value);
  }
}

function writeString(out: Output, value: string): void {
  const utf8 = new TextEncoder().encode(value);
  out.op("X");
  out.int32(utf8.length);
  out.append(utf8);
}

/** As NumPy's own `ndarray.__reduce__` writes it, under the module name that both of its major versions know. */
function writeArray(out: Output, array: NdArray): void {
  const tuple = (values: readonly number[]) => {
    out.op("(");
    for (const value of values) writeNumber(out, value);
    out.op("t");
  };
  const data = encodeArray(array);
  const description = descriptionOf(array.dtype);
  out.global("numpy.core.multiarray", "_reconstruct");
  out.global("numpy", "ndarray");
  tuple([0]);
  out.op("C");
  out.bytes(1);
  out.op("b");
  out.bytes(0x87);
  out.op("R");
  out.op("(");
  writeNumber(out, 1);
  tuple(array.shape);
  out.global("numpy", "dtype");
  writeString(out, description.slice(1));
  out.bytes(0x89, 0x88, 0x87);
  out.op("R");
  out.op("(");
  writeNumber(out, 3);
  writeString(out, itemSize(array.dtype) === 1 ? "|" : "<");
  for (let i = 0; i < 3; i++) out.op("N");
  for (const value of [-1, -1, 0]) writeNumber(out, value);
  out.op("t");
  out.op("b");
  out.bytes(0x89);
  out.bytes(0x8e);
  out.int64(BigInt(data.length));
  out.append(data);
  out.op("t");
  out.op("b");
}

/** Bytes written one after the other into a buffer that grows. */
class Output {
  private buffer = new Uint8Array(1024);
  private length = 0;

  private room(size: number): DataView {
    if (this.length + size > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + size));
      larger.set(this.buffer.subarray(0, this.length));
      this.buffer = larger;
    }
    const view = new DataView(this.buffer.buffer, this.length, size);
    this.length += size;
    return view;
  }
  append(values: Uint8Array): void {
    this.room(values.length);
    this.buffer.set(values, this.length - values.length);
  }
  bytes(...values: number[]): void {
    this.append(Uint8Array.from(values));
  }
  op(char: string): void {
    this.bytes(char.charCodeAt(0));
  }
  int32(value: number): void {
    this.room(4).setInt32(0, value, true);
  }
  int64(value: bigint): void {
    this.room(8).setBigInt64(0, value, true);
  }
  float64BigEndian(value: number): void {
    this.room(8).setFloat64(0, value, false);
  }
  global(module: string, name: string): void {
    this.append(new TextEncoder().encode(`c${module}\n${name}\n`));
  }
  whole(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
