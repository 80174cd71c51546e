import { InputError } from "../input-error.ts";

/** NumPy's names of the numeric types that the readers and writers know. */
export type DType =
  | "float64"
  | "float32"
  | "float16"
  | "int64"
  | "uint64"
  | "int32"
  | "uint32"
  | "int16"
  | "uint16"
  | "int8"
  | "uint8"
  | "bool";

export type NumericData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A numeric array in C order: the last index runs fastest. float16 is held in a Float32Array, bool in a Uint8Array. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: NumericData;
}

interface Layout {
  readonly code: string;
  readonly size: number;
  readonly view: new (buffer: ArrayBuffer) => NumericData;
}

/** Code is NumPy's type code without the byte order; `view` reads the little-endian bytes in place. */
const layouts: Record<DType, Layout> = {
  float64: { code: "f8", size: 8, view: Float64Array },
  float32: { code: "f4", size: 4, view: Float32Array },
  float16: { code: "f2", size: 2, view: Uint16Array },
  int64: { code: "i8", size: 8, view: BigInt64Array },
  uint64: { code: "u8", size: 8, view: BigUint64Array },
  int32: { code: "i4", size: 4, view: Int32Array },
  uint32: { code: "u4", size: 4, view: Uint32Array },
  int16: { code: "i2", size: 2, view: Int16Array },
  uint16: { code: "u2", size: 2, view: Uint16Array },
  int8: { code: "i1", size: 1, view: Int8Array },
  uint8: { code: "u1", size: 1, view: Uint8Array },
  bool: { code: "b1", size: 1, view: Uint8Array },
};
const byCode = new Map(Object.entries(layouts).map(([name, { code }]) => [code, name as DType]));

/** The type that a code without byte order ("f8", "i4", "b1") stands for, or undefined. */
export const dtypeOfCode = (code: string): DType | undefined => byCode.get(code);

/** NumPy's description of a type, byte order first: "<f8", "|u1". */
export const descriptionOf = (dtype: DType): string =>
  (layouts[dtype].size === 1 ? "|" : "<") + layouts[dtype].code;

export const itemSize = (dtype: DType): number => layouts[dtype].size;

/** Number of elements of a shape; InputError where a length is not a whole number ≥ 0 or the product is unsafe. */
export function countOf(shape: readonly number[], source: string): number {
  let count = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) throw impossible(shape, source);
    count *= length;
  }
  if (!Number.isSafeInteger(count * 8)) throw impossible(shape, source);
  return count;
}

const impossible = (shape: readonly number[], source: string): InputError =>
  new InputError("the array's shape is impossible", { source, found: `(${shape.join(", ")})` });

/**
 * The array that stands in `bytes`. Copies, so the result does not hold on to the file.
 * @throws InputError when the number of bytes is not what type and shape ask for
 */
export function decodeArray(
  bytes: Uint8Array,
  dtype: DType,
  shape: readonly number[],
  { source, bigEndian = false, fortranOrder = false }: DecodeOptions,
): NdArray {
  const { size, view } = layouts[dtype];
  const count = countOf(shape, source);
  if (bytes.length !== count * size)
    throw new InputError("the array's data do not have the length that its shape asks for", {
      source,
      found: `${bytes.length} bytes`,
      expected: `${count * size} bytes for ${dtype} of shape (${shape.join(", ")})`,
      hint: "The file is probably cut off; copy or make it again.",
    });
  const buffer = new ArrayBuffer(bytes.length);
  const copy = new Uint8Array(buffer);
  copy.set(bytes);
  if (bigEndian && size > 1)
    for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  const raw = new view(buffer);
  const data = dtype === "float16" ? decodeHalves(raw as Uint16Array) : raw;
  return { shape: [...shape], dtype, data: fortranOrder ? toRowMajor(data, shape) : data };
}

interface DecodeOptions {
  /** Name of the file, for messages. */
  readonly source: string;
  readonly bigEndian?: boolean;
  /** The first index runs fastest in `bytes`. */
  readonly fortranOrder?: boolean;
}

function toRowMajor<T extends NumericData>(data: T, shape: readonly number[]): T {
  if (shape.length < 2) return data;
  const out = data.slice() as T;
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < data.length; at++) {
    let target = 0;
    for (let axis = 0; axis < shape.length; axis++) target = target * shape[axis] + index[axis];
    out[target] = data[at];
    for (let axis = 0; axis < shape.length && ++index[axis] === shape[axis]; axis++) index[axis] = 0;
  }
  return out;
}

/** The little-endian bytes of an array, in C order. */
export function encodeArray({ dtype, data, shape }: NdArray): Uint8Array {
  const { size, view } = layouts[dtype];
  const buffer = new ArrayBuffer(data.length * size);
  const out = new view(buffer);
  if (countOf(shape, "array") !== data.length)
    throw new RangeError(`array of shape (${shape.join(", ")}) with ${data.length} elements`);
  const wide = out instanceof BigInt64Array || out instanceof BigUint64Array;
  if (dtype === "float16") for (let i = 0; i < data.length; i++) out[i] = numberToHalf(Number(data[i]));
  else if (wide) for (let i = 0; i < data.length; i++) out[i] = BigInt(data[i]);
  else for (let i = 0; i < data.length; i++) out[i] = Number(data[i]);
  return new Uint8Array(buffer);
}

/** The elements as 64-bit floats (integers beyond 2⁵³ are rounded). */
export function toFloat64({ data }: NdArray): Float64Array {
  if (data instanceof Float64Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return Float64Array.from({ length: data.length }, (_, i) => Number(data[i]));
  return Float64Array.from(data);
}

/** By a table of all 65,536 numbers where there are more than that. */
function decodeHalves(raw: Uint16Array): Float32Array {
  const out = new Float32Array(raw.length);
  if (raw.length < 65536) for (let i = 0; i < raw.length; i++) out[i] = halfToNumber(raw[i]);
  else {
    const table = Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits));
    for (let i = 0; i < raw.length; i++) out[i] = table[raw[i]];
  }
  return out;
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Round to nearest, ties to even, as IEEE 754 asks. */
function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const step = 2 ** (exponent - 10);
  const units = size / step;
  const whole = Math.floor(units);
  const rest = units - whole;
  const rounded = rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
  return sign | (rounded + ((exponent + 14) << 10));
}
