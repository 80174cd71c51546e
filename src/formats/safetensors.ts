import { InputError } from "../input-error.ts";
import { parseJson } from "./json.ts";
import { type DType, decodeArray, encodeArray, itemSize, type NdArray } from "./ndarray.ts";

const names: Record<string, DType> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  I64: "int64",
  U64: "uint64",
  I32: "int32",
  U32: "uint32",
  I16: "int16",
  U16: "uint16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};
const nameOf = new Map(Object.entries(names).map(([name, dtype]) => [dtype, name]));

/** The tensors of a safetensors file by name, and its free metadata. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NdArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads safetensors (https://huggingface.co/docs/safetensors): 8 bytes of header length, a JSON header, the data.
 * @throws InputError for a type that is not a plain number (bfloat16, float8), a cut or contradictory file
 */
export function readSafetensors(bytes: Uint8Array, source: string): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8)
    throw new InputError("this is not a safetensors file, or it is cut off", {
      source,
      found: `${bytes.length} bytes`,
    });
  const header = parseJson(new TextDecoder().decode(bytes.subarray(8, 8 + length)), source);
  const broken = (field: string, found: unknown) =>
    new InputError("the header is contradictory", { source, field, found: JSON.stringify(found) });
  if (typeof header !== "object" || header === null) throw broken("header", header);
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, Record<string, unknown>>;
  const tensors = new Map<string, NdArray>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = entry ?? {};
    const known = typeof dtype === "string" && Object.hasOwn(names, dtype) ? names[dtype] : undefined;
    if (!known)
      throw new InputError("the tensor's type cannot be used", {
        source,
        field: name,
        found: String(dtype),
        expected: Object.keys(names).join(", "),
      });
    if (!isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2) throw broken(name, entry);
    const [from, to] = offsets;
    if (from > to || 8 + length + to > bytes.length) throw broken(name, entry);
    const data = bytes.subarray(8 + length + from, 8 + length + to);
    tensors.set(name, decodeArray(data, known, shape, { source: `${source}, tensor ${name}` }));
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);

/** The safetensors file of named arrays. */
export function writeSafetensors(
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // The format allows no gaps, so the widest types go first: each tensor is then aligned by itself.
  const ordered = Object.entries(tensors).sort(([, a], [, b]) => itemSize(b.dtype) - itemSize(a.dtype));
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let end = 0;
  const parts = ordered.map(([name, array]) => {
    const data = encodeArray(array);
    header[name] = {
      dtype: nameOf.get(array.dtype),
      shape: array.shape,
      data_offsets: [end, end + data.length],
    };
    end += data.length;
    return data;
  });
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + padded + end).fill(32, 8, 8 + padded);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(json, 8);
  let at = 8 + padded;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
