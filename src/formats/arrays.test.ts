import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runPython, testWithNumpy } from "../../test/python.ts";
import { shared, testOnRealData } from "../../test/shared.ts";
import { type NdArray, readNpy, readSafetensors, toFloat64, writeNpy, writeSafetensors } from "./index.ts";

const arrays = fc
  .tuple(fc.nat(4), fc.nat(4), fc.constantFrom("float64", "float32", "float16", "int64", "int32", "uint8"))
  .chain(([rows, columns, dtype]) =>
    fc.array(fc.nat(255), { minLength: rows * columns, maxLength: rows * columns }).map((values) => {
      const make: Record<string, () => NdArray["data"]> = {
        float64: () => Float64Array.from(values, (x) => x / 3),
        float32: () => Float32Array.from(values, (x) => x / 3),
        float16: () => Float32Array.from(values, (x) => x / 64),
        int64: () => BigInt64Array.from(values, BigInt),
        int32: () => Int32Array.from(values, (x) => -x),
        uint8: () => Uint8Array.from(values),
      };
      return { shape: [rows, columns], dtype, data: make[dtype]() } as NdArray;
    }),
  );

test("npy and safetensors: what is written is read again", () => {
  fc.assert(
    fc.property(arrays, arrays, (a, b) => {
      expect(readNpy(writeNpy(a), "x")).toEqual(a);
      const file = readSafetensors(writeSafetensors({ a, b }, { made: "by a test" }), "x");
      expect(Object.fromEntries(file.tensors)).toEqual({ a, b });
      expect(file.metadata).toEqual({ made: "by a test" });
    }),
  );
});

test("float16 rounds to nearest even and keeps its special values", () => {
  const values = [
    1 / 3,
    65519,
    65520,
    2 ** -24,
    2 ** -26,
    1 + 2 ** -11,
    -0,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ];
  const array: NdArray = { shape: [9], dtype: "float16", data: Float32Array.from(values) };
  expect(Array.from(toFloat64(readNpy(writeNpy(array), "x")))).toEqual([
    0.333251953125,
    65504,
    Number.POSITIVE_INFINITY,
    2 ** -24,
    0,
    1,
    -0,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ]);
});

test("npy: a wrong type, shape or length is named", () => {
  const good = writeNpy({ shape: [2, 3], dtype: "float32", data: new Float32Array(6) });
  const read =
    (bytes: Uint8Array, expected = {}) =>
    () =>
      readNpy(bytes, "e.npy", expected);
  expect(read(good, { dtypes: ["float64"] })).toThrow(/found float32, expected float64/);
  expect(read(good, { shape: [2, 4] })).toThrow(/found \(2, 3\), expected \(2, 4\)/);
  expect(read(good, { shape: [null, 3] })).not.toThrow();
  expect(read(good.subarray(0, -1))).toThrow(/found 23 bytes, expected 24 bytes/);
  expect(read(good.subarray(0, 40))).toThrow(/header is cut off/);
  expect(read(new Uint8Array(0))).toThrow(/empty file/);
  expect(read(Uint8Array.from(good, (byte, at) => (at === 22 ? 0x63 : byte)))).toThrow(/found .*c4/);
});

test("safetensors: damage gives a clear error", () => {
  const good = writeSafetensors({ a: { shape: [2], dtype: "float32", data: Float32Array.of(1, 2) } });
  expect(() => readSafetensors(good.subarray(0, -1), "s")).toThrow(/contradictory/);
  expect(() => readSafetensors(good.subarray(0, 20), "s")).toThrow(/cut off/);
  const other = new TextDecoder("latin1").decode(good).replace("F32", "BF1");
  expect(() =>
    readSafetensors(
      Uint8Array.from(other, (char) => char.charCodeAt(0)),
      "s",
    ),
  ).toThrow(/found BF1/);
});

testWithNumpy("npy: NumPy reads ours and we read NumPy's, both orders", () => {
  const array: NdArray = { shape: [2, 3], dtype: "float64", data: Float64Array.of(1, 2, 3, 4, 5, 6.5) };
  const program = `
import numpy as np, sys, io, base64
a = np.load(io.BytesIO(sys.stdin.buffer.read()))
assert a.shape == (2, 3) and a.tolist() == [[1, 2, 3], [4, 5, 6.5]] and a.flags['C_CONTIGUOUS']
for x in (np.asfortranarray(a), a.astype('>f8'), a[0]):
    out = io.BytesIO(); np.save(out, x); print(base64.b64encode(out.getvalue()).decode())`;
  const [fortran, swapped, row] = runPython(program, writeNpy(array)).toString().trim().split("\n");
  expect(readNpy(Buffer.from(fortran, "base64"), "x")).toEqual(array);
  expect(readNpy(Buffer.from(swapped, "base64"), "x")).toEqual(array);
  expect(readNpy(Buffer.from(row, "base64"), "x")).toEqual({
    ...array,
    shape: [3],
    data: Float64Array.of(1, 2, 3),
  });
});

testOnRealData("npy: the reference embeddings are normalised", () => {
  const path = shared("reference/mmlu/minilm_embeddings.npy");
  const { data, shape } = readNpy(readFileSync(path), path, { dtypes: ["float16"], shape: [null, 384] });
  expect(shape).toEqual([6213, 384]);
  let norm = 0;
  for (let i = 0; i < 384; i++) norm += Number(data[i]) ** 2;
  expect(norm).toBeCloseTo(1, 3);
});
