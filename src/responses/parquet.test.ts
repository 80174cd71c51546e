import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { runPython, testWithPyarrow } from "../../test/python.ts";
import { memorySource } from "../formats/index.ts";
import { readResponseRows, readResponses, writeResponsesCsv, writeResponsesParquet } from "./index.ts";

const csv = `subject,item,score,cost,trials,scenario,text
a,q1,1,0.5,1,arc,"What, ""exactly""?"
b,q1,0.25,,4,arc,"What, ""exactly""?"
a,q2,0,0.1,1,mmlu,ü
`;

test("what is written as Parquet or CSV is read again with all that was known", async () => {
  const { table, rows } = await readResponseRows([memorySource("r.csv", csv)]);
  const { matrix } = await readResponses([memorySource("r.csv", csv)]);
  const parquet = memorySource("r.parquet", writeResponsesParquet(table, rows));
  const again = await readResponses([parquet]);
  expect(again.files[0].title).toMatch(/^Parquet, long/);
  expect(again.matrix).toEqual(matrix);
  expect((await readResponses([memorySource("again.csv", writeResponsesCsv(table, rows))])).matrix).toEqual(
    matrix,
  );
});

test("other tables in Parquet: wide, and with whole numbers and booleans", async () => {
  const wide = parquetWriteBuffer({
    columnData: [
      { name: "model", data: ["a", "b"] },
      { name: "q1", data: [1n, 0n] },
      { name: "q2", data: [null, true] },
    ].map((column) => ({ ...column, ...(column.name === "q2" && { type: "BOOLEAN" as const }) })),
  });
  const { matrix, files } = await readResponses([memorySource("w.parquet", new Uint8Array(wide))]);
  expect(files[0].title).toMatch(/^Parquet, wide/);
  expect(Array.from(matrix.scores)).toEqual([1, 0, 0, 1]);
  expect(Array.from(matrix.observed)).toEqual([1, 0, 1, 1]);
});

test("many row groups keep every response with its names", async () => {
  const lines = ["subject,item,score"];
  for (let s = 0; s < 250; s++)
    for (let i = 0; i < 1000; i++) lines.push(`s${s},i${i},${(s * 31 + i * 7) % 11}`);
  const { table, rows } = await readResponseRows([memorySource("r.csv", lines.join("\n"))]);
  const { matrix } = await readResponses([memorySource("r.parquet", writeResponsesParquet(table, rows))]);
  expect([matrix.subjects.length, matrix.items.length]).toEqual([250, 1000]);
  let wrong = 0;
  for (const [s, subject] of matrix.subjects.entries())
    for (const [i, item] of matrix.items.entries()) {
      const expected = (Number(subject.slice(1)) * 31 + Number(item.slice(1)) * 7) % 11;
      if (matrix.scores[s * 1000 + i] !== expected) wrong++;
    }
  expect(wrong).toBe(0);
});

test("a cut or damaged file, and values that cannot be used, are named", async () => {
  const { table, rows } = await readResponseRows([memorySource("r.csv", csv)]);
  const bytes = writeResponsesParquet(table, rows);
  const read = (content: Uint8Array) => readResponses([memorySource("r.parquet", content)]);
  await expect(read(bytes.subarray(0, -20))).rejects.toThrow(/r.parquet.*not a whole Parquet file/);
  const text = parquetWriteBuffer({
    columnData: [
      { name: "subject", data: ["a"] },
      { name: "item", data: ["q"] },
      { name: "score", data: ["high"] },
    ],
  });
  await expect(read(new Uint8Array(text))).rejects.toThrow(/row 1, field "score".*"high"/);
});

testWithPyarrow("pyarrow reads ours, and we read pyarrow's, with nulls, dictionaries and zstd", async () => {
  const { table, rows } = await readResponseRows([memorySource("r.csv", csv)]);
  const program = `
import sys, io, base64, math, pyarrow as pa, pyarrow.parquet as pq
t = pq.read_table(io.BytesIO(sys.stdin.buffer.read())).to_pydict()
assert list(t) == ['subject', 'item', 'score', 'trials', 'cost', 'scenario', 'text'], list(t)
assert t['subject'] == ['a', 'b', 'a'] and t['score'] == [1, .25, 0] and math.isnan(t['cost'][1])
assert t['text'][0] == 'What, "exactly"?' and t['text'][2] == 'ü'
out = io.BytesIO()
model = pa.array(['x', 'y', 'x']).dictionary_encode()
pq.write_table(pa.table({'model': model, 'item_id': [7, 7, 8], 'correct': [1.0, None, 0.0]}), out, compression='zstd')
print(base64.b64encode(out.getvalue()).decode())`;
  const printed = runPython(program, writeResponsesParquet(table, rows)).toString();
  const { matrix } = await readResponses([memorySource("p.parquet", Buffer.from(printed, "base64"))]);
  expect([matrix.subjects, matrix.items]).toEqual([
    ["x", "y"],
    ["7", "8"],
  ]);
  expect(Array.from(matrix.observed)).toEqual([1, 1, 0, 0]);
});
