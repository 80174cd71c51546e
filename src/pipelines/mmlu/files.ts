import type { Anchors } from "../../exam/index.ts";
import { writePickle } from "../../formats/index.ts";
import { type PyIrtParameters, writePyIrtParameters } from "../../irt/index.ts";
import {
  type ResponseMatrix,
  type RouterDCEntry,
  writePyIrt,
  writeTinyBenchmarks,
} from "../../responses/index.ts";

// The files of the Python scripts, each with the structure that the next script reads.

/** Step 1: the entries as they were, numbered. */
export function entriesWithIds(entries: readonly RouterDCEntry[], first: number): string {
  return JSON.stringify(entries.map((entry, i) => ({ ...entry, question_id: first + i })));
}

/** Step 2: tinyBenchmarks' structure with one scenario; the scripts write each "/" of a model's name as "\/". */
export function responsesPickle(matrix: ResponseMatrix): Uint8Array {
  return writeTinyBenchmarks({
    ...matrix,
    subjects: matrix.subjects.map((name) => name.replaceAll("/", "\\/")),
    scenarios: matrix.items.map(() => "mmlu"),
  });
}

/** Step 3: py-irt's data; subjects by their number, items q0, q1, …, as tinyBenchmarks' scripts name them. */
export function pyIrtDataset(matrix: ResponseMatrix): string {
  return writePyIrt({
    ...matrix,
    subjects: matrix.subjects.map((_, s) => String(s)),
    items: matrix.items.map((_, i) => `q${i}`),
  });
}

/** Steps 3 and 6: `best_parameters.json`. */
export function parametersJson(parameters: PyIrtParameters): string {
  return writePyIrtParameters(parameters);
}

/** Step 4. */
export function anchorsPickle({ points, weights }: Anchors): Uint8Array {
  return writePickle({
    anchor_points: {
      mmlu: { dtype: "int64", shape: [points.length], data: BigInt64Array.from(points, (i) => BigInt(i)) },
    },
    anchor_weights: { mmlu: { dtype: "float64", shape: [weights.length], data: weights } },
  });
}

/** Step 5: difficulty of each unseen question. */
export function difficultyCsv(diff: Float64Array, first: number): string {
  return lines(["question_id,predicted_difficulty"], diff.length, (i) => `${first + i},${diff[i]}`);
}

/** Step 5: discriminations of each unseen question, a Python list in quotes. */
export function discriminationCsv(disc: Float64Array, rows: number, first: number): string {
  const dims = disc.length / rows;
  return lines(
    ["question_id,predicted_alpha"],
    rows,
    (i) => `${first + i},"[${disc.subarray(i * dims, (i + 1) * dims).join(", ")}]"`,
  );
}

/** Step 7: `{'mmlu': {0: predictions of the first model on every item, 1: …}}`. */
export function predictionsPickle(p: Float64Array, items: number): Uint8Array {
  const rows = Array.from({ length: p.length / items }, (_, s) => {
    const data = p.slice(s * items, (s + 1) * items);
    return [s, { dtype: "float64", shape: [items], data }] as const;
  });
  return writePickle({ mmlu: new Map(rows) });
}

/** Step 8: the chosen model and each model's probability, for each question from `first` on. */
export function decisionsCsv(
  subjects: readonly string[],
  p: Float64Array,
  choices: Uint32Array,
  first: number,
): string {
  const width = p.length / subjects.length;
  const header = ["question_id", "Pred", ...subjects].map(quoted).join(",");
  return lines([header], choices.length, (i) => {
    const row = subjects.map((_, s) => p[s * width + first + i]);
    return `${first + i},${quoted(subjects[choices[i]])},${row.join(",")}`;
  });
}

function lines(header: readonly string[], rows: number, row: (i: number) => string): string {
  return `${[...header, ...Array.from({ length: rows }, (_, i) => row(i))].join("\n")}\n`;
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
