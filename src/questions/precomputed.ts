import { type NdArray, readNpy, readSafetensors } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { type Features, requireFinite } from "./features.ts";
import { fingerprint } from "./fingerprint.ts";

/**
 * Features made elsewhere: the bytes of a `.npy` file of two axes (texts × dims) of floats, or of a safetensors file
 * with exactly one such tensor, or one named "features" or "embeddings".
 * @param rows the number of texts that there must be a row for
 * @throws InputError for another type, shape or number of rows, or a value that is not finite
 */
export function precomputedFeatures(bytes: Uint8Array, source: string, rows: number): Features {
  const { shape, data } = isNpy(bytes)
    ? readNpy(bytes, source, { dtypes: ["float32", "float16", "float64"] })
    : onlyTable(readSafetensors(bytes, source).tensors, source);
  if (shape.length !== 2 || shape[0] !== rows || shape[1] < 1)
    throw new InputError("the features do not have the shape that is needed", {
      source,
      found: `(${shape.join(", ")})`,
      expected: `(${rows}, dims): one row a text, in the order of the texts`,
    });
  const dims = shape[1];
  const values = data instanceof Float32Array ? data : Float32Array.from(data as Float64Array);
  requireFinite(values, dims, source);
  return { source: { name: source, hash: fingerprint(bytes) }, dims, values };
}

function isNpy(bytes: Uint8Array): boolean {
  return bytes[0] === 0x93;
}

function onlyTable(tensors: ReadonlyMap<string, NdArray>, source: string): NdArray {
  const floats = [...tensors].filter(
    ([, tensor]) => tensor.dtype.startsWith("float") && tensor.shape.length === 2,
  );
  const chosen =
    floats.length === 1 ? floats[0] : floats.find(([name]) => name === "features" || name === "embeddings");
  if (!chosen)
    throw new InputError("it is not clear which tensor holds the features", {
      source,
      found: [...tensors]
        .map(([name, { dtype, shape }]) => `${name}: ${dtype} (${shape.join(", ")})`)
        .join("; "),
      expected: 'one tensor of floats with two axes, or one named "features" or "embeddings"',
    });
  return chosen[1];
}
