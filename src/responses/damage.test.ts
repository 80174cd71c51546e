import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource, type Source } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { readResponseRows, readResponses } from "./index.ts";

/** A small document of each layout. */
const documents: Record<string, unknown> = {
  routerdc: [
    { question: "a", scores: { m: 1, n: 0 } },
    { question: "b", scores: { m: 0.5, n: 1 }, cluster_id: 1 },
  ],
  alpaca: [{ instruction: "a", generator_1: "b", generator_2: "m", preference: 1.5, annotator: "x" }],
  helm: [
    {
      instance_id: "id1",
      train_trial_index: 0,
      stats: [{ name: { name: "exact_match" }, count: 1, sum: 1, mean: 1 }],
    },
  ],
  promptfoo: {
    evalId: "e",
    results: {
      version: 3,
      results: [
        {
          provider: { id: "p", label: "l" },
          prompt: { raw: "r", label: "l" },
          vars: { q: "x" },
          testCase: { description: "d", assert: [] },
          score: 1,
          success: true,
          cost: 0.1,
          failureReason: 0,
          gradingResult: { pass: true },
        },
      ],
    },
  },
  inspect: {
    version: 2,
    status: "success",
    eval: { task: "t", model: "m" },
    samples: [
      {
        id: 1,
        epoch: 1,
        input: [{ role: "user", content: [{ type: "text", text: "q" }] }],
        scores: { s: { value: "C" } },
        model_usage: { m: { total_cost: 1 } },
      },
    ],
  },
  llmrouterbench: {
    performance: 1,
    model_name: "m",
    dataset_name: "d",
    split: "test",
    demo: false,
    records: [{ index: 1, origin_query: "q", score: 1, cost: 0.1 }],
  },
  pyirt: { subject_id: "m", responses: { a: 1, b: 0 } },
  lmeval: {
    doc_id: 1,
    doc: { question: "q" },
    arguments: { gen_args_0: { arg_0: "p" } },
    resps: [],
    filter: "none",
    metrics: ["acc"],
    acc: 1,
  },
  long: { subject: "m", item: "q", score: 1, text: "t", trials: 1, cost: 0.1 },
};

/** The value with one of its parts, chosen by `choices`, replaced or left out. */
function damaged(value: unknown, choices: readonly number[], by: unknown): unknown {
  if (choices.length === 0 || typeof value !== "object" || value === null) return by;
  const [first, ...rest] = choices;
  if (Array.isArray(value)) {
    const at = first % Math.max(value.length, 1);
    return value.map((part, i) => (i === at ? damaged(part, rest, by) : part));
  }
  const keys = Object.keys(value);
  const key = keys[first % Math.max(keys.length, 1)];
  const entries = Object.entries(value).flatMap(([name, part]) => {
    if (name !== key) return [[name, part]];
    const changed = damaged(part, rest, by);
    return changed === undefined ? [] : [[name, changed]];
  });
  return Object.fromEntries(entries);
}

const replacement = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(-1, "NaN", "Infinity", []),
);

test.each(Object.keys(documents))("a damaged %s document gives responses or an InputError", async (name) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 6 }), replacement, async (choices, by) => {
      const text = JSON.stringify(damaged(documents[name], choices, by)) ?? "";
      for (const file of ["folder/model/x.json", "x.jsonl"])
        await readResponses([memorySource(file, text)]).then(
          ({ matrix }) => expect(matrix.scores.every(Number.isFinite)).toBe(true),
          (error: unknown) => {
            if (!(error instanceof InputError)) throw error;
          },
        );
    }),
    { numRuns: 150 },
  );
});

test.each(["endless.jsonl", "endless.csv"])(
  "%s, one line of a gigabyte: told before it fills the memory",
  async (name) => {
    const piece = new Uint8Array(4 << 20).fill(97);
    piece.set(new TextEncoder().encode(name.endsWith("csv") ? "model,q1\na," : '{"subject_id": "'));
    let pieces = 0;
    const source: Source = {
      name,
      byteLength: 2 ** 30,
      slice: async (start) => {
        pieces++;
        return piece.slice(start === 0 ? 0 : 100).buffer;
      },
    };
    await expect(readResponseRows([source])).rejects.toThrow(/line \d.*too long.*64 MB/s);
    expect(pieces).toBeLessThan(40);
  },
);

test("damaged text of any kind gives responses or an InputError", async () => {
  const starts = [
    "subject,item,score\nm,q,1\n",
    "model,q1\nm,1\n",
    '{"subject_id":"m","responses":{"q":1}}\n',
    "PAR1",
    "PK\u0003\u0004",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...starts),
      fc.string({ unit: "binary" }),
      fc.nat(40),
      async (start, noise, at) => {
        const text = start.slice(0, at) + noise + start.slice(at);
        await readResponses([memorySource("x", text)]).catch((error: unknown) => {
          if (!(error instanceof InputError)) throw error;
        });
      },
    ),
    { numRuns: 500 },
  );
});
