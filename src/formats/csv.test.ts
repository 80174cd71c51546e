import fc from "fast-check";
import { expect, test } from "vitest";
import { Interner, memorySource, type Source, scanCsv, writeCsv } from "./index.ts";

async function rows(source: Source): Promise<string[][]> {
  const found: string[][] = [];
  await scanCsv(source, (record) => found.push(record.texts()));
  return found;
}

test("what is written is read again, quotes, separators and line ends included", async () => {
  const field = fc.string({ unit: fc.constantFrom("a", "é", '"', ",", "\n", "\r\n", ";", " ", "1") });
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    );
  await fc.assert(
    fc.asyncProperty(table, async (cells) => {
      const header = cells[0].map((_, at) => `column ${at}`);
      expect(await rows(memorySource("x", writeCsv(header, cells)))).toEqual([header, ...cells]);
    }),
  );
});

test("records that end in the next piece of the file", async () => {
  const line = (n: number) => `model-${n},"text, with ""quotes"" and\nlines ${"x".repeat(n % 90)}",0.${n}`;
  const count = 60_000;
  const text = `subject,text,score\n${Array.from({ length: count }, (_, n) => line(n)).join("\n")}`;
  let read = 0;
  await scanCsv(memorySource("x", text), (record) => {
    if (read > 0) {
      const n = read - 1;
      if (
        record.text(0) !== `model-${n}` ||
        record.number(2) !== Number(`0.${n}`) ||
        record.line !== 2 + 2 * n
      )
        throw new Error(`record ${n}: ${record.texts()}`);
    }
    read++;
  });
  expect(text.length).toBeGreaterThan(4 << 20);
  expect(read).toBe(count + 1);
});

test("separators, line ends, byte-order mark and blank lines", async () => {
  expect(await rows(memorySource("x", "\ufeffa;b\r\n1,5;2\r\n\r\n\r\n3;4"))).toEqual([
    ["a", "b"],
    ["1,5", "2"],
    ["3", "4"],
  ]);
  expect(await rows(memorySource("x", "a\tb\n1\t\n"))).toEqual([
    ["a", "b"],
    ["1", ""],
  ]);
});

test("numbers without a string between", async () => {
  const texts = [
    "0",
    "1",
    "0.25",
    ".5",
    "1.",
    "12345.678",
    "-1",
    "1e-3",
    "0.1234567890123456789",
    "",
    "x",
    ".",
    "1.2.3",
  ];
  const numbers: number[] = [];
  await scanCsv(memorySource("x", `a,b\n${texts.map((text) => `${text},x`).join("\n")}`), (record) =>
    numbers.push(record.number(0)),
  );
  const nan = Number.NaN;
  expect(numbers.slice(1)).toEqual([
    0,
    1,
    0.25,
    0.5,
    1,
    12345.678,
    -1,
    0.001,
    0.12345678901234568,
    nan,
    nan,
    nan,
    nan,
  ]);
});

test("a quote left open is named; so is a line without end, before it fills the memory", async () => {
  await expect(rows(memorySource("x.csv", 'a,b\n1,"open\n2,3\n'))).rejects.toThrow(
    /x.csv, line 2, field 2.*left open/,
  );
  const piece = new Uint8Array(4 << 20).fill(97).buffer;
  let pieces = 0;
  const endless: Source = {
    name: "endless.csv",
    byteLength: 1e9,
    slice: async () => {
      pieces++;
      return piece.slice(0);
    },
  };
  await expect(rows(endless)).rejects.toThrow(/line 1.*too long.*64 MB/);
  expect(pieces).toBeLessThan(40);
});

test("UTF-16 and broken UTF-8 are named", async () => {
  const utf16 = memorySource("x.csv", Uint8Array.of(0xff, 0xfe, 97, 0, 44, 0));
  await expect(rows(utf16)).rejects.toThrow(/UTF-16/);
  const broken = memorySource("x.csv", Uint8Array.of(97, 44, 98, 10, 0xff, 44, 49));
  await expect(rows(broken)).rejects.toThrow(/line 2.*UTF-8/);
  const names = new Interner();
  const asNames = scanCsv(broken, (record) => void record.nameIndex(0, names));
  await expect(asNames).rejects.toThrow(/line 2.*UTF-8/);
});
