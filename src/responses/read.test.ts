import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { sourcesAt } from "../files/index.ts";
import { memorySource, type Source, writePickle } from "../formats/index.ts";
import { type ReadResponsesOptions, readResponses } from "./index.ts";

/** Files of a folder, that know each other as files on disk do. */
function folder(files: Record<string, unknown>): Source[] {
  const text = (content: unknown) => (typeof content === "string" ? content : JSON.stringify(content));
  const sources = new Map(
    Object.entries(files).map(([name, content]) => [
      name,
      { ...memorySource(name, text(content)), inFolder: true },
    ]),
  );
  const sameFolder = (name: string) => name.slice(0, name.lastIndexOf("/") + 1);
  return [...sources.values()].map((source) => ({
    ...source,
    beside: async (name) => sources.get(sameFolder(source.name) + name),
    neighbours: async () =>
      [...sources.keys()]
        .filter((name) => sameFolder(name) === sameFolder(source.name))
        .map((name) => name.slice(sameFolder(name).length)),
  }));
}
const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** Every observed response as "subject item score", with what else the files told. */
async function read(files: Record<string, unknown>, options: ReadResponsesOptions = {}) {
  const { matrix, ...rest } = await readResponses(folder(files), options);
  const responses = matrix.subjects.flatMap((subject, s) =>
    matrix.items.flatMap((item, i) => {
      const cell = s * matrix.items.length + i;
      return matrix.observed[cell] ? [`${subject} ${item} ${matrix.scores[cell]}`] : [];
    }),
  );
  return { responses, matrix, ...rest, formats: [...new Set(rest.files.map((file) => file.format))] };
}

test("RouterDC: items are named by their text, so that files meet", async () => {
  const entry = (question: string, a: number) => ({ question, scores: { a } });
  const { matrix, counts, formats } = await read({
    "mmlu_train.json": [entry("Q1", 1), entry("Q2", 0.4), entry("Q2", 0.4)],
    "mmlu_test.json": [entry("Q1", 1), entry("Q3", 0)],
  });
  expect(formats).toEqual(["routerdc"]);
  expect(matrix.texts).toEqual(["Q1", "Q2", "Q2", "Q3"]);
  expect(matrix.items[2]).toBe(`${matrix.items[1]}-2`);
  expect(matrix.scenarios).toEqual(["mmlu", "mmlu", "mmlu", "mmlu"]);
  expect(counts).toEqual({ subjects: 1, items: 4, responses: 4, missing: 0, duplicates: 1 });
});

test("RouterBench: scores, costs, and the prompt out of its Python list", async () => {
  const { responses, matrix } = await read({
    "mbpp_test.csv": [
      "sample_id,prompt,eval_name,a/b,gpt-4,gpt-4|total_cost,a/b|total_cost,oracle_model_to_route_to",
      `mbpp.1,"['It''s \\'one\\'\nline\\nmore']",mbpp,1.0,0.0,0.01,0.001,a/b`,
      `mbpp.2,"[""two \\\\ ""]",mbpp,0.5,,0.02,0.002,a/b`,
    ].join("\n"),
  });
  expect(responses).toEqual(["gpt-4 mbpp.1 0", "a/b mbpp.1 1", "a/b mbpp.2 0.5"]);
  expect(Array.from(matrix.costs ?? [])).toEqual([0.01, Number.NaN, 0.001, 0.002]);
  expect(matrix.texts?.[1]).toBe("two \\ ");
  expect(matrix.scenarios).toEqual(["mbpp", "mbpp"]);
});

test("a prompt full of backslashes is read in no time", async () => {
  const prompt = `['${"\\\\a".repeat(20_000)}`;
  const { counts } = await read({
    "x.csv": `sample_id,prompt,eval_name,m,m|total_cost\n1,"${prompt}",e,1,0.1\n`,
  });
  expect(counts.responses).toBe(1);
});

test("tinyBenchmarks' pickle", async () => {
  const correctness = { shape: [2, 1], dtype: "float64", data: Float64Array.of(1, 0) } as const;
  const pickle = writePickle({ models: ["m"], data: { arc: { correctness } } });
  const { matrix, files } = await readResponses([memorySource("lb.pickle", pickle)]);
  expect(files[0].format).toBe("tinybenchmarks");
  expect(matrix.items).toEqual(["arc/0", "arc/1"]);
});

test("py-irt JSON lines", async () => {
  const { responses, formats } = await read({
    "r.jsonlines": lines(
      { subject_id: "m", responses: { q0: 1, q1: 0 } },
      { subject_id: "n", responses: { q1: 1 } },
    ),
  });
  expect(formats).toEqual(["py-irt"]);
  expect(responses).toEqual(["m q0 1", "m q1 0", "n q1 1"]);
});

const sample = (id: number, more: object) => ({
  doc_id: id,
  doc: { question: `Q${id}`, choices: { text: ["x", "y"] } },
  target: "A",
  arguments: { gen_args_0: { arg_0: `Question: Q${id}\nAnswer:`, arg_1: " A" } },
  resps: [[["-1.2", "True"]]],
  filtered_resps: [["-1.2", "True"]],
  doc_hash: "d",
  prompt_hash: "p",
  target_hash: "t",
  ...more,
});

test("lm-evaluation-harness: the model from the results beside the samples", async () => {
  const time = "2024-06-01T10-00-00.000001";
  const { responses, matrix, formats, skipped } = await read({
    [`out/meta__llama/samples_arc_easy_${time}.jsonl`]: lines(
      sample(0, { filter: "none", metrics: ["acc", "acc_norm"], acc: 1, acc_norm: 0 }),
      sample(1, { filter: "none", metrics: ["acc", "acc_norm"], acc: 0, acc_norm: 1 }),
    ),
    [`out/meta__llama/results_${time}.json`]: { model_name: "meta/llama-8b", results: {}, config: {} },
  });
  expect(formats).toEqual(["lm-eval"]);
  expect(responses).toEqual(["meta/llama-8b arc_easy/0 1", "meta/llama-8b arc_easy/1 0"]);
  expect(matrix.texts).toEqual(["Q0", "Q1"]);
  expect(skipped.length).toBe(1);
});

test("lm-evaluation-harness: the folder's name, filters, metrics, older versions", async () => {
  const gsm = lines(
    sample(0, { filter: "strict-match", exact_match: 0 }),
    sample(0, { filter: "flexible-extract", exact_match: 1 }),
  );
  const files = { "meta__llama/samples_gsm8k_2024-06-01T10-00-00.0.jsonl": gsm };
  const strict = await read(files);
  expect(strict.responses).toEqual(["meta/llama gsm8k/0 0"]);
  expect(strict.warnings).toEqual([expect.stringContaining("flexible-extract")]);
  expect((await read(files, { filter: "flexible-extract" })).responses).toEqual(["meta/llama gsm8k/0 1"]);
  const mixed = {
    ...files,
    "meta__llama/samples_hellaswag_2024-06-01T10-00-00.0.jsonl": lines(
      sample(0, { filter: "none", acc: 1, acc_norm: 0 }),
    ),
    "meta__llama/samples_drop_2024-06-01T10-00-00.0.jsonl": lines(sample(0, { filter: "get-answer", f1: 1 })),
  };
  const some = await read(mixed, { filter: "flexible-extract", metric: "acc_norm,exact_match,f1" });
  expect(some.responses).toEqual(["meta/llama gsm8k/0 1", "meta/llama hellaswag/0 0"]);
  expect(some.warnings.join()).toMatch(/drop.*no answer.*"flexible-extract".*"get-answer"/);
  const all = await read(mixed, { filter: "flexible-extract,get-answer", metric: "acc_norm,exact_match,f1" });
  expect(all.responses).toContain("meta/llama drop/0 1");
  await expect(read({ "samples_x.jsonl": gsm })).rejects.toThrow(/which model.*[\s\S]*--subject/);
  await expect(read(files, { metric: "acc" })).rejects.toThrow(/"acc".*exact_match/);
  const unclear = { "m/samples_x.jsonl": lines(sample(0, { rouge: 0.1, bleu: 0.2 })) };
  await expect(read(unclear)).rejects.toThrow(/rouge, bleu[\s\S]*--metric/);
});

const inspectLog = (samples: unknown[]) => ({
  version: 2,
  status: "success",
  eval: { task: "arc", model: "openai/gpt-4o", dataset: { name: "arc" } },
  plan: { steps: [] },
  samples,
});

test("Inspect AI: letters, epochs as repeats, chat messages, missing scores", async () => {
  const one = (id: number | string, epoch: number, value: unknown, input: unknown = "Q") => ({
    id,
    epoch,
    input,
    target: "A",
    scores: { choice: { value, answer: "A" } },
  });
  const log = inspectLog([
    one(1, 1, "C"),
    one(1, 2, "I"),
    one("x", 1, "P", [
      { role: "system", content: "be brief" },
      { role: "user", content: [{ type: "text", text: "Hello" }] },
    ]),
    { ...one(3, 1, null), scores: null, error: { message: "timeout" } },
  ]);
  const { responses, matrix, counts, formats } = await read({ "log.json": log });
  expect(formats).toEqual(["inspect"]);
  expect(responses).toEqual(["openai/gpt-4o arc/1 0.5", "openai/gpt-4o arc/x 0.5"]);
  expect(counts).toMatchObject({ items: 3, missing: 1, duplicates: 1 });
  expect(matrix.texts?.[1]).toBe("Hello");
  const counted = await read({ "log.json": log }, { repeats: "count" });
  expect(Array.from(counted.matrix.trials ?? [])).toEqual([2, 1, 1]);
  await expect(read({ "log.json": log }, { repeats: "error" })).rejects.toThrow(/openai\/gpt-4o on arc\/1/);
  expect((await read({ "log.json": log }, { repeats: "first" })).responses[0]).toBe("openai/gpt-4o arc/1 1");
});

test("Inspect AI: the .eval archive", async () => {
  const { BlobWriter, TextReader, ZipWriter } = await import("@zip.js/zip.js");
  const zip = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  const { samples: _, ...header } = inspectLog([]);
  await zip.add("_journal/start.json", new TextReader(JSON.stringify(header)));
  for (const [id, value] of [
    ["a", "C"],
    ["b", "I"],
  ])
    await zip.add(
      `samples/${id}_epoch_1.json`,
      new TextReader(JSON.stringify({ id, epoch: 1, input: "Q", scores: { match: { value } } })),
    );
  await zip.add("header.json", new TextReader(JSON.stringify(header)));
  const bytes = new Uint8Array(await (await zip.close()).arrayBuffer());
  const { matrix, files } = await readResponses([memorySource("x.eval", bytes)]);
  expect(files[0]).toMatchObject({ format: "inspect", responses: 2 });
  expect(Array.from(matrix.scores)).toEqual([1, 0]);
  await expect(readResponses([memorySource("x.eval", bytes.subarray(0, 300))])).rejects.toThrow(/zip/);
});

/** A Zstandard frame (RFC 8878) of one block that is not compressed. */
function zstandardFrame(content: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + content.length);
  out.set([0x28, 0xb5, 0x2f, 0xfd, 0xa0]);
  const view = new DataView(out.buffer);
  view.setUint32(5, content.length, true);
  view.setUint16(9, (content.length << 3) | 1, true);
  out.set(content, 12);
  return out;
}

test("Inspect AI: the .eval archive as it is packed now, with Zstandard", async () => {
  const { BlobWriter, Uint8ArrayReader, ZipWriter } = await import("@zip.js/zip.js");
  const zip = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  const { samples: _, ...header } = inspectLog([]);
  const add = async (name: string, value: unknown) => {
    const content = new TextEncoder().encode(JSON.stringify(value));
    const packed = new Uint8ArrayReader(zstandardFrame(content));
    await zip.add(name, packed, {
      passThrough: true,
      compressionMethod: 93,
      uncompressedSize: content.length,
      crc32: 0,
    });
  };
  await add("header.json", header);
  await add("samples/1_epoch_1.json", { id: 1, epoch: 1, input: "Qé", scores: { match: { value: "C" } } });
  const bytes = new Uint8Array(await (await zip.close()).arrayBuffer());
  const { matrix } = await readResponses([memorySource("x.eval", bytes)]);
  expect([matrix.items, matrix.texts, Array.from(matrix.scores)]).toEqual([["arc/1"], ["Qé"], [1]]);
});

test("HELM: model and scenario from the run, texts, no perturbations", async () => {
  const stat = (name: string, mean: number) => ({ name: { name, split: "test" }, count: 1, sum: mean, mean });
  const entry = (id: string, right: number, more = {}) => ({
    instance_id: id,
    train_trial_index: 0,
    stats: [stat("num_references", 4), stat("quasi_exact_match", 1), stat("exact_match", right)],
    ...more,
  });
  const run = "runs/v1/mmlu:subject=anatomy,method=multiple_choice_joint,model=openai_gpt-4";
  const files = {
    [`${run}/per_instance_stats.json`]: [
      entry("id1", 1),
      entry("id1", 0, { perturbation: { name: "typos" } }),
      entry("id2", 0),
    ],
    [`${run}/instances.json`]: [{ id: "id1", input: { text: "Which bone?" }, split: "test", references: [] }],
    [`${run}/stats.json`]: [],
  };
  const { responses, matrix, formats } = await read(files);
  const scenario = "mmlu:subject=anatomy,method=multiple_choice_joint";
  expect(formats).toEqual(["helm"]);
  expect(responses).toEqual([`openai/gpt-4 ${scenario}/id1 1`, `openai/gpt-4 ${scenario}/id2 0`]);
  expect(matrix.texts).toEqual(["Which bone?", ""]);
  expect(matrix.scenarios).toEqual(["mmlu", "mmlu"]);
  const spec = {
    name: "mmlu:subject=anatomy,model=openai_gpt-4",
    adapter_spec: { model: "openai/gpt-4-0613" },
  };
  const named = await read({ ...files, [`${run}/run_spec.json`]: spec });
  expect(named.responses[0]).toBe("openai/gpt-4-0613 mmlu:subject=anatomy/id1 1");
});

test("promptfoo: providers, test cases, errors apart from wrong answers", async () => {
  const result = (provider: string, q: string, score: number, more = {}) => ({
    provider: { id: provider, label: "" },
    prompt: { raw: `Answer: ${q}`, label: "Answer: {{q}}" },
    promptIdx: 0,
    testIdx: 0,
    vars: { q },
    testCase: { vars: { q }, assert: [{ type: "contains", value: "x" }] },
    score,
    success: score > 0.5,
    namedScores: { tone: 0.25 },
    gradingResult: { pass: score > 0.5, score, reason: "" },
    cost: 0.002,
    ...more,
  });
  const results = [
    result("openai:gpt-4o", "one", 1),
    result("anthropic:claude", "one", 0),
    result("openai:gpt-4o", "two", 0.5),
    result("anthropic:claude", "two", 0, { gradingResult: null, error: "429", failureReason: 2 }),
  ];
  const file = { evalId: "e", results: { version: 3, prompts: [], results, stats: {} }, config: {} };
  const { matrix, formats } = await read({ "out.json": file });
  expect(formats).toEqual(["promptfoo"]);
  expect(matrix.subjects).toEqual(["openai:gpt-4o", "anthropic:claude"]);
  expect(matrix.texts).toEqual(["one", "two"]);
  expect([Array.from(matrix.scores), Array.from(matrix.observed)]).toEqual([
    [1, 0.5, 0, 0],
    [1, 1, 1, 0],
  ]);
  expect(matrix.costs?.[0]).toBe(0.002);
  expect((await read({ "out.jsonl": lines(...results) })).formats).toEqual(["promptfoo"]);
  expect((await read({ "out.json": file }, { metric: "tone" })).matrix.scores[0]).toBe(0.25);
});

test("LLMRouterBench: latest run of each model, trial runs and unscored records left out", async () => {
  const record = (index: number, score: number | null) => ({
    index,
    origin_query: `Q${index}`,
    prompt: `Question: Q${index}`,
    prompt_tokens: 10,
    completion_tokens: 5,
    cost: 0.001,
    score,
    prediction: "A",
    ground_truth: "A",
    raw_output: "A",
  });
  const run = (records: unknown[], more = {}) => ({
    performance: 0.5,
    time_taken: 1,
    prompt_tokens: 10,
    completion_tokens: 5,
    cost: 0.1,
    counts: records.length,
    records,
    ...more,
  });
  const at = "results/bench/aime/test/Qwen3-8B";
  const { responses, matrix, warnings, formats } = await read({
    [`${at}/aime-test-Qwen3-8B-20250101_000000.json`]: run([record(1, 0)]),
    [`${at}/aime-test-Qwen3-8B-20250102_000000.json`]: run([record(1, 1), record(2, null)]),
    [`${at}/aime-test-Qwen3-8B-20250103_000000.json`]: run([record(1, 0)], { demo: true }),
    "results/bench/aime/hard/GLM/x.json": run([record(1, 0.5)], {
      model_name: "GLM-Z1",
      dataset_name: "aime",
      split: "hard",
    }),
  });
  expect(formats).toEqual(["llmrouterbench"]);
  expect(responses).toEqual(["Qwen3-8B aime/1 1", "GLM-Z1 aime-hard/1 0.5"]);
  expect(matrix.texts).toContain("Q1");
  expect(warnings.length).toBe(2);
});

test("AlpacaEval: preference from the baseline's 1 to the model's 2", async () => {
  const annotation = (instruction: string, preference: number | null) => ({
    instruction,
    output_1: "x",
    generator_1: "gpt4_1106_preview",
    output_2: "y",
    generator_2: "my-model",
    dataset: "koala",
    annotator: "weighted_alpaca_eval_gpt4_turbo",
    preference,
  });
  const { matrix, formats } = await read({
    "annotations.json": [annotation("a", 1.9), annotation("b", 0), annotation("c", 1), annotation("d", null)],
  });
  expect(formats).toEqual(["alpaca-eval"]);
  expect(matrix.subjects).toEqual(["my-model"]);
  expect(Array.from(matrix.scores, (score) => Math.round(score * 10) / 10)).toEqual([0.9, 0.5, 0, 0]);
  expect(matrix.observed[3]).toBe(0);
  await expect(read({ "annotations.json": [annotation("a", 3)] })).rejects.toThrow(
    /entry 0, field "preference"/,
  );
});

test("long CSV, its columns by their usual names or as told", async () => {
  const usual =
    "Model;Question ID;Correct;dataset;total_cost\nm;q1;TRUE;arc;0.1\nm;q2;;arc;\nn;q1;0,5x;arc;0.2\n";
  await expect(read({ "r.csv": usual })).rejects.toThrow(/line 4.*found "0,5x"/);
  const { responses, matrix, counts } = await read({ "r.csv": usual.replace("0,5x", "0.5") });
  expect(responses).toEqual(["m q1 1", "n q1 0.5"]);
  expect(counts.missing).toBe(2);
  expect(matrix.scenarios).toEqual(["arc", "arc"]);
  const told = await read(
    { "r.csv": "who,what,how\nm,q,1\n" },
    { columns: { subject: "who", item: "what", score: "how" } },
  );
  expect(told.responses).toEqual(["m q 1"]);
  await expect(read({ "r.csv": usual }, { columns: { subject: "who" } })).rejects.toThrow(/"who".*Model/);
});

test("one id in two scenarios is two items", async () => {
  const { responses } = await read({
    "r.csv": "subject,item,score,scenario\nm,1,1,arc\nm,1,0,mmlu\nn,1,1,arc\nn,1,1,mmlu\n",
  });
  expect(responses).toEqual(["m 1 1", "m mmlu/1 0", "n 1 1", "n mmlu/1 1"]);
});

test("long JSON lines", async () => {
  const { responses, formats } = await read({
    "r.jsonl": lines({ model: "m", item: "q", score: true }, { model: "n", item: "q", score: null }),
  });
  expect(formats).toEqual(["jsonl"]);
  expect(responses).toEqual(["m q 1"]);
});

test("wide CSV, either way round, with and without names", async () => {
  const rows = { "r.csv": "model,q1,q2\na,1,0\nb,,1\n" };
  expect((await read(rows)).responses).toEqual(["a q1 1", "a q2 0", "b q2 1"]);
  const columns = { "r.csv": "item\ta\tb\nq1\t1\tNA\nq2\t0\t1\n" };
  expect((await read(columns)).responses).toEqual(["a q1 1", "a q2 0", "b q2 1"]);
  const people = await read({ "r.csv": "i1,i2\n1,0\n0,1\n" });
  expect(people.responses.slice(0, 2)).toEqual(["person 1 i1 1", "person 1 i2 0"]);
  const unnamed = { "r.csv": ",a,b\nq1,1,0\n" };
  expect((await read(unnamed)).warnings).toEqual([expect.stringContaining("--rows items")]);
  expect((await read(unnamed, { rows: "items" })).responses).toEqual(["a q1 1", "b q1 0"]);
  await expect(read({ "r.csv": "model,q1,q2\na,1\n" })).rejects.toThrow(/line 2.*found 2 fields, expected 3/);
  await expect(read({ "r.csv": "model,q1,q1\na,1,0\n" })).rejects.toThrow(/same name.*q1|"q1".*same name/);
  await expect(read({ "r.csv": "model,q1\na,maybe\n" })).rejects.toThrow(/line 2, field "q1".*"maybe"/);
});

test("pattern frequencies", async () => {
  const { matrix, counts } = await read({ "lsat.csv": "item1,item2,frequency\n0,0,3\n1,0,2\n1,1,0\n" });
  expect(counts).toMatchObject({ subjects: 5, items: 2, responses: 10 });
  expect(Array.from(matrix.scores)).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 1, 0]);
  await expect(read({ "lsat.csv": "item1,frequency\n0,1.5\n" })).rejects.toThrow(/"frequency".*"1.5"/);
});

test("the separator of a table is told, and named", async () => {
  const titled = async (text: string) => (await readResponses([memorySource("r", text)])).files[0].title;
  expect(await titled("model,q1\nm,1\n")).toMatch(/^CSV, /);
  expect(await titled("model\tq1\nm\t1\n")).toMatch(/^CSV with tabs, /);
  expect(await titled("\ufeffmodel;q1\r\nm;1\r\n")).toMatch(/^CSV with semicolons, /);
});

test("gzip is unpacked on the way", async () => {
  const packed = new Uint8Array(gzipSync("model,q1\nm,1\n"));
  const { files, matrix } = await readResponses([memorySource("r.csv.gz", packed)]);
  expect(files[0]).toMatchObject({ source: "r.csv.gz", format: "csv" });
  expect(matrix.subjects).toEqual(["m"]);
  await expect(readResponses([memorySource("r.csv.gz", packed.subarray(0, 20))])).rejects.toThrow(
    /r.csv.gz.*gzip/,
  );
});

test("what is gzip by its name alone is refused, with what it begins with", async () => {
  const read = (name: string, content: string | Uint8Array, inFolder = false) =>
    readResponses([memorySource("a.csv", "model,q1\nm,1\n"), { ...memorySource(name, content), inFolder }]);
  const zip = new Uint8Array([0x50, 0x4b, 3, 4, 20, 0]);
  await expect(read("r.csv.gz", "model,q1\nm,1\n")).rejects.toThrow(
    /^r\.csv\.gz: .*gzip.* \(found plain text, expected the first bytes 1f 8b\)/,
  );
  await expect(read("r.csv.gz", zip, true)).rejects.toThrow(/found the first bytes 50 4b 03 04, expected/);
  expect((await read("logs.tar.gz", zip, true)).skipped).toEqual(["logs.tar.gz"]);
});

test("unknown content: refused by itself, skipped in a folder", async () => {
  const strange = memorySource("notes.json", '{"hello": 1}');
  await expect(readResponses([strange])).rejects.toThrow(/format is not known.*hello/);
  const { skipped, counts } = await read({
    "d/notes.json": { hello: 1 },
    "d/README.md": "# x",
    "d/notes.txt": "# Results\nseen by eye\n",
    "d/r.csv": "model,q\na,1\n",
  });
  expect(skipped).toEqual(["d/notes.json", "d/README.md", "d/notes.txt"]);
  expect(counts.responses).toBe(1);
  await expect(read({ "r.csv": "model,q\na,1\n" }, { format: "py-irt" })).rejects.toThrow(
    /csv.*expected py-irt/,
  );
  await expect(readResponses([memorySource("e.csv", "")])).rejects.toThrow(/empty/);
});

testOnRealData("the real files: told from their content, counted", async () => {
  const counts = async (path: string) => {
    const result = await readResponses(await sourcesAt([shared(`data/${path}`)]));
    return [result.files[0].format, result.counts.subjects, result.counts.items, result.counts.missing];
  };
  expect(await counts("routerdc/mmlu_test.json")).toEqual(["routerdc", 7, 4213, 0]);
  expect(await counts("routerbench/mbpp_test.csv")).toEqual(["routerbench", 11, 128, 0]);
  expect(await counts("matrices/terminalbench_responses.jsonl")).toEqual(["py-irt", 112, 89, 0]);
  expect(await counts("lsat/lsat7.csv")).toEqual(["csv", 1000, 5, 0]);
});
