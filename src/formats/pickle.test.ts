import fc from "fast-check";
import { expect, test } from "vitest";
import { runPython, testWithNumpy } from "../../test/python.ts";
import { InputError } from "../input-error.ts";
import { type NdArray, type Picklable, readPickle, writePickle } from "./index.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const messageFor = (bytes: Uint8Array): string => {
  try {
    readPickle(bytes, "data.pkl");
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "read";
};

const plain = fc.letrec<{ value: Picklable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
})).value;

const arrays = fc
  .tuple(
    fc.constantFrom("float64", "float32", "int64", "uint8", "bool") as fc.Arbitrary<NdArray["dtype"]>,
    fc.nat(4),
  )
  .chain(([dtype, columns]) =>
    fc.array(fc.nat(1), { minLength: 3 * columns, maxLength: 3 * columns }).map((values): NdArray => {
      const data = {
        float64: () => Float64Array.from(values, (x) => x / 3),
        float32: () => Float32Array.from(values, (x) => x / 3),
        int64: () => BigInt64Array.from(values, (x) => BigInt(x) * 2n ** 60n),
      } as Record<string, () => NdArray["data"]>;
      return { shape: [3, columns], dtype, data: data[dtype]?.() ?? Uint8Array.from(values) };
    }),
  );

test("what is written is read again", () => {
  fc.assert(
    fc.property(plain, arrays, (value, array) => {
      expect(readPickle(writePickle([value, array]), "x")).toEqual([value, array]);
    }),
  );
});

test("damaged bytes give an InputError, never another error, a hang or a huge allocation", () => {
  const whole = writePickle({
    models: ["a", "b"],
    data: { mmlu: { correctness: { shape: [2, 2], dtype: "float64", data: Float64Array.of(1, 0, 1, 1) } } },
  });
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(damage, fc.nat(whole.length), (changes, length) => {
      const bytes = whole.slice(0, length || whole.length);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      messageFor(bytes);
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void messageFor(bytes)),
    { numRuns: 3000 },
  );
});

test.each([
  ["cposix\nsystem\n(S'echo pwned'\ntR.", "posix.system"],
  ["\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x031+1\x85R.", "builtins.eval"],
  ["\x80\x04\x8c\x11pandas.core.frame\x8c\x09DataFrame\x93)\x81.", "df.to_csv"],
  ["cnumpy\nload\n.", "numpy.load"],
  ["(S'x'\nios\nsystem\n.", "class"],
  ["\x80\x04K\x01Q.", "persistent id"],
])("refuses %j", (pickle, expected) => {
  const message = messageFor(bytesOf(pickle));
  expect(message).toContain(expected);
  expect(message).toContain("refused");
});

test("lengths beyond the file, and arrays filled over and over, are refused", () => {
  expect(messageFor(bytesOf("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f."))).toContain("bytes announced");
  const filling = "(K\x01(M\xff\xfftcnumpy\ndtype\nX\x02\x00\x00\x00u1\x85R\x89h\x01tb";
  const shell = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R";
  const buffer = `B\xff\xff\x00\x00${"x".repeat(65535)}q\x01`;
  const bomb = `\x80\x04${buffer}${Array.from({ length: 2000 }, () => shell + filling).join("")}.`;
  expect(messageFor(bytesOf(bomb))).toContain("memory");
});

test("keys and values cannot reach JavaScript's prototypes", () => {
  const value = readPickle(writePickle(new Map([["__proto__", { polluted: 1 }]])), "x");
  expect(value).toBeInstanceOf(Map);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

testWithNumpy("Python's own pickles of every protocol are read", () => {
  const program = `
import pickle, sys, base64, json, collections
import numpy as np
value = {
  'models': ['a/b', 'ü', '\\U0001F600', "quote'd\\n"], 'data': {'mmlu': {'correctness': np.arange(6.).reshape(3, 2)}},
  'fortran': np.asfortranarray(np.arange(6).reshape(2, 3)), 'big': np.array([1.5, -2], dtype='>f4'),
  'half': np.array([.5, 65504, 1e-7], dtype=np.float16), 'bool': np.array([True, False]), 'text': np.array(['x', 'yy']),
  'objects': np.array([1, None], dtype=object), 'empty': np.zeros((0, 3)), 'u8': np.arange(3, dtype=np.uint8),
  'scalar': np.float64(2.5), 'flag': np.bool_(True), 'index': np.int64(7), 'none': None, 'yes': True, 'no': False,
  'int': [0, -1, 255, 65536, -2**31, 2**40, 2**70, -2**70], 'float': [1.5, -0.0, float('inf'), 1e300], 'tuple': (1, 2),
  'set': {1, 2}, 'frozen': frozenset([3]), 'bytes': b'\\x00\\xff', 'nothing': b'', 'ordered': collections.OrderedDict(a=1),
  'default': collections.defaultdict(list, {'k': [1]}), 'shared': [[1]] * 2,
}
print(json.dumps([base64.b64encode(pickle.dumps(value, p)).decode() for p in range(6)]))`;
  const pickles = JSON.parse(runPython(program).toString()) as string[];
  for (const [protocol, text] of pickles.entries()) {
    const read = readPickle(Buffer.from(text, "base64"), `protocol ${protocol}`) as Map<string, unknown>;
    const { data, shared, ...rest } = Object.fromEntries(read);
    expect(data, `protocol ${protocol}`).toEqual(
      new Map([
        [
          "mmlu",
          new Map([
            ["correctness", { shape: [3, 2], dtype: "float64", data: Float64Array.of(0, 1, 2, 3, 4, 5) }],
          ]),
        ],
      ]),
    );
    expect((shared as unknown[])[0]).toBe((shared as unknown[])[1]);
    expect(rest, `protocol ${protocol}`).toEqual({
      models: ["a/b", "ü", "\u{1F600}", "quote'd\n"],
      fortran: { shape: [2, 3], dtype: "int64", data: BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n) },
      big: { shape: [2], dtype: "float32", data: Float32Array.of(1.5, -2) },
      half: { shape: [3], dtype: "float16", data: Float32Array.of(0.5, 65504, 2 ** -23) },
      bool: { shape: [2], dtype: "bool", data: Uint8Array.of(1, 0) },
      text: { shape: [2], values: ["x", "yy"] },
      objects: { shape: [2], values: [1, null] },
      empty: { shape: [0, 3], dtype: "float64", data: new Float64Array(0) },
      u8: { shape: [3], dtype: "uint8", data: Uint8Array.of(0, 1, 2) },
      scalar: 2.5,
      flag: true,
      index: 7,
      none: null,
      yes: true,
      no: false,
      int: [0, -1, 255, 65536, -(2 ** 31), 2 ** 40, 2n ** 70n, -(2n ** 70n)],
      float: [1.5, -0, Number.POSITIVE_INFINITY, 1e300],
      tuple: [1, 2],
      set: new Set([1, 2]),
      frozen: new Set([3]),
      bytes: Uint8Array.of(0, 255),
      nothing: new Uint8Array(0),
      ordered: new Map([["a", 1]]),
      default: new Map([["k", [1]]]),
    });
  }
});

testWithNumpy("NumPy 1's module names are read, and Python loads what is written", () => {
  const arrays: Record<string, NdArray> = {
    float64: { shape: [2, 2], dtype: "float64", data: Float64Array.of(0, 0.5, 1, -1) },
    float32: { shape: [3], dtype: "float32", data: Float32Array.of(0.5, 1, 2) },
    int64: { shape: [2], dtype: "int64", data: BigInt64Array.of(-1n, 2n ** 60n) },
    uint8: { shape: [1, 3], dtype: "uint8", data: Uint8Array.of(1, 2, 255) },
    bool: { shape: [2], dtype: "bool", data: Uint8Array.of(1, 0) },
  };
  const pickle = writePickle({ arrays, plain: [null, true, 1, 2 ** 40, -0.5, "ü"] });
  expect(new TextDecoder("latin1").decode(pickle)).toContain("numpy.core.multiarray\n_reconstruct");
  expect((readPickle(pickle, "x") as Map<string, Map<string, NdArray>>).get("arrays")).toEqual(
    new Map(Object.entries(arrays)),
  );
  const printed = runPython(
    `
import pickle, sys, json
v = pickle.load(sys.stdin.buffer)
for a in v['arrays'].values(): a[...] = a
print(json.dumps([v['plain'], {k: [str(a.dtype), a.shape, a.tolist()] for k, a in v['arrays'].items()}]))`,
    pickle,
  );
  expect(JSON.parse(printed.toString())).toEqual([
    [null, true, 1, 2 ** 40, -0.5, "ü"],
    {
      float64: [
        "float64",
        [2, 2],
        [
          [0, 0.5],
          [1, -1],
        ],
      ],
      float32: ["float32", [3], [0.5, 1, 2]],
      int64: ["int64", [2], [-1, 2 ** 60]],
      uint8: ["uint8", [1, 3], [[1, 2, 255]]],
      bool: ["bool", [2], [true, false]],
    },
  ]);
});
