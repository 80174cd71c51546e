import { InputError } from "../input-error.ts";
import { type DType, decodeArray, descriptionOf, dtypeOfCode, encodeArray, type NdArray } from "./ndarray.ts";

const magic = "\x93NUMPY";

/** What a `.npy` file must hold; where absent, anything will do. */
export interface NpyExpectation {
  readonly dtypes?: readonly DType[];
  /** Lengths of the axes; null where any length will do. */
  readonly shape?: readonly (number | null)[];
}

/**
 * Reads NumPy's `.npy` (format 1–3): numbers and booleans, either byte order, either memory order.
 * @throws InputError for another type, a shape or type other than expected, or a cut file
 */
export function readNpy(bytes: Uint8Array, source: string, expected: NpyExpectation = {}): NdArray {
  const latin1 = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (latin1(0, 6) !== magic)
    throw new InputError("this is not a .npy file", {
      source,
      found: bytes.length === 0 ? "an empty file" : `first bytes ${JSON.stringify(latin1(0, 6))}`,
      expected: "NumPy's \\x93NUMPY",
      hint: "Write it with numpy.save (not numpy.savez or pickle).",
    });
  const wide = bytes[6] >= 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = wide ? 12 : 10;
  const length = bytes.length < start ? 0 : wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > 100_000 || start + length > bytes.length)
    throw new InputError("the header is cut off", { source, hint: "Copy or make the file again." });
  const header = latin1(start, start + length);
  const description = /'descr':\s*'([<>|=]?)(\w+)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header);
  const shapeText = /'shape':\s*\(([\d,\s]*)\)/.exec(header);
  if (!order || !shapeText)
    throw new InputError("the header cannot be read", { source, found: header.trim() });
  const dtype = description && dtypeOfCode(description[2]);
  if (!dtype || (expected.dtypes && !expected.dtypes.includes(dtype)))
    throw new InputError("the array's type cannot be used", {
      source,
      found: dtype ?? /'descr':\s*(.*?),\s*'fortran/.exec(header)?.[1] ?? "no type",
      expected: expected.dtypes?.join(" or ") ?? "floats, integers or booleans",
      hint: `Convert it in Python: numpy.save(path, array.astype("${expected.dtypes?.[0] ?? "float32"}"))`,
    });
  const shape = shapeText[1]
    .split(",")
    .filter((part) => part.trim())
    .map(Number);
  const wanted = expected.shape;
  if (wanted && (wanted.length !== shape.length || wanted.some((n, axis) => n !== null && n !== shape[axis])))
    throw new InputError("the array does not have the shape that is needed", {
      source,
      found: `(${shape.join(", ")})`,
      expected: `(${wanted.map((n) => n ?? "any").join(", ")})`,
    });
  return decodeArray(bytes.subarray(start + length), dtype, shape, {
    source,
    bigEndian: description[1] === ">",
    fortranOrder: order[1] === "True",
  });
}

/** The `.npy` file (format 1.0) of an array. */
export function writeNpy(array: NdArray): Uint8Array {
  const shape = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(", ");
  const fields = `{'descr': '${descriptionOf(array.dtype)}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = `${fields.padEnd(Math.ceil((fields.length + 11) / 64) * 64 - 11)}\n`;
  const data = encodeArray(array);
  const out = new Uint8Array(10 + header.length + data.length);
  out.set(Uint8Array.from(`${magic}\x01\x00`, (char) => char.charCodeAt(0)));
  new DataView(out.buffer).setUint16(8, header.length, true);
  out.set(new TextEncoder().encode(header), 10);
  out.set(data, 10 + header.length);
  return out;
}
