import { type NdArray, readPickle, toFloat64, writePickle } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import { isObject } from "./format.ts";
import type { ResponseMatrix } from "./matrix.ts";

/** Scenario of the items of a matrix that names none. */
const unnamed = "all";

/**
 * Reads tinyBenchmarks' pickle, `{'models': […], 'data': {scenario: {'correctness': items × models ndarray}}}`
 * (https://github.com/felipemaiapolo/tinyBenchmarks). The items have no names there; they get `scenario/0`,
 * `scenario/1`, …; NaN is a missing response. MMLU's 57 subjects (`harness_hendrycksTest_…`) become subscenarios of
 * `mmlu`, as in tinyBenchmarks' own list.
 * @throws InputError for another structure, or shapes that disagree
 */
export function readTinyBenchmarks(bytes: Uint8Array, source: string): ResponseMatrix {
  const content = readPickle(bytes, source);
  const wrong = (field: string, found: unknown, expected: string) =>
    new InputError("this is not tinyBenchmarks' format", { source, field, found: kindOf(found), expected });
  const models = content instanceof Map ? content.get("models") : undefined;
  const data = content instanceof Map ? content.get("data") : undefined;
  const subjects = listOf(models);
  if (!subjects?.every((name) => typeof name === "string"))
    throw wrong("models", models ?? content, "a list of names");
  if (!(data instanceof Map) || data.size === 0)
    throw wrong("data", data, "{scenario: {'correctness': ndarray}}");

  const parts = Array.from(data, ([scenario, fields]) => {
    const values = fields instanceof Map ? fields.get("correctness") : undefined;
    const field = `data.${String(scenario)}.correctness`;
    if (!isNumeric(values) || values.shape.length !== 2) throw wrong(field, values ?? fields, "an ndarray");
    if (values.shape[1] !== subjects.length)
      throw new InputError("the responses do not fit the models", {
        source,
        field,
        found: `shape (${values.shape.join(", ")})`,
        expected: `(items, ${subjects.length}), one column for each name in "models"`,
      });
    return { name: String(scenario), count: values.shape[0], values: toFloat64(values) };
  });

  const width = parts.reduce((sum, part) => sum + part.count, 0);
  const scores = new Float64Array(subjects.length * width);
  const observed = new Uint8Array(scores.length);
  let first = 0;
  for (const { count, values } of parts) {
    for (let i = 0; i < count; i++)
      for (let s = 0; s < subjects.length; s++) {
        const score = values[i * subjects.length + s];
        if (Number.isNaN(score)) continue;
        scores[s * width + first + i] = score;
        observed[s * width + first + i] = 1;
      }
    first += count;
  }
  const each = (name: (part: string) => string) =>
    parts.flatMap((part) => Array.from({ length: part.count }, () => name(part.name)));
  return {
    subjects: subjects as string[],
    items: parts.flatMap((part) => Array.from({ length: part.count }, (_, i) => `${part.name}/${i}`)),
    scores,
    observed,
    scenarios: each((name) => (name.startsWith("harness_hendrycksTest_") ? "mmlu" : name)),
    subscenarios: each((name) => name),
  };
}

/** The pickle that tinyBenchmarks' scripts load; items stand by subscenario (or scenario), missing responses as NaN. */
export function writeTinyBenchmarks(matrix: ResponseMatrix): Uint8Array {
  const { subjects, items, scores, observed } = matrix;
  const groups = new Map<string, number[]>();
  for (let i = 0; i < items.length; i++) {
    const name = matrix.subscenarios?.[i] || matrix.scenarios?.[i] || unnamed;
    const group = groups.get(name) ?? [];
    group.push(i);
    groups.set(name, group);
  }
  const data = new Map<string, { correctness: NdArray }>();
  for (const [name, columns] of groups) {
    const values = new Float64Array(columns.length * subjects.length);
    for (const [row, i] of columns.entries())
      for (let s = 0; s < subjects.length; s++) {
        const cell = s * items.length + i;
        values[row * subjects.length + s] = observed[cell] ? scores[cell] : Number.NaN;
      }
    const shape = [columns.length, subjects.length];
    data.set(name, { correctness: { shape, dtype: "float64", data: values } });
  }
  return writePickle({ models: subjects, data });
}

const isNumeric = (value: unknown): value is NdArray => isObject(value) && "dtype" in value;
const listOf = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? value : isObject(value) && Array.isArray(value.values) ? value.values : undefined;

function kindOf(value: unknown): string {
  if (value instanceof Map)
    return `a dict with the keys ${[...value.keys()].slice(0, 5).map(show).join(", ")}`;
  if (isNumeric(value)) return `an ndarray of shape (${value.shape.join(", ")})`;
  return value === undefined ? "nothing" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
