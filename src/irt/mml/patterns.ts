import { InputError } from "../../input-error.ts";
import type { ResponseMatrix } from "../../responses/index.ts";
import type { ResponseModel } from "../models.ts";

/**
 * Responses as marginal likelihood needs them: equal subjects counted once, each a list of table rows. Row
 * `item × K + category` enters with a weight: 1 for an answer, the count for k of n, the fraction for a score
 * between 0 and 1 (which then has two entries, for right and for wrong).
 */
export interface Patterns {
  readonly count: number;
  /** How many subjects have the pattern. */
  readonly frequency: Float64Array;
  /** Entries of pattern p are start[p] … start[p + 1] − 1. */
  readonly start: Int32Array;
  readonly row: Int32Array;
  readonly weight: Float64Array;
  /** The pattern of each subject. */
  readonly patternOf: Int32Array;
}

/**
 * Collapses a response matrix. Missing responses have no entry, which is what ignoring them as missing at random means.
 * @throws InputError when a score is outside the model's range.
 */
export function collapsePatterns(matrix: ResponseMatrix, model: ResponseModel): Patterns {
  const items = matrix.items.length;
  const first: number[] = [];
  const frequency: number[] = [];
  const patternOf = new Int32Array(matrix.subjects.length);
  const buckets = new Map<number, number[]>();
  for (let s = 0; s < matrix.subjects.length; s++) {
    const hash = hashRow(matrix, s);
    const bucket = buckets.get(hash) ?? [];
    if (bucket.length === 0) buckets.set(hash, bucket);
    let pattern = bucket.find((p) => equalRows(matrix, first[p], s));
    if (pattern === undefined) {
      pattern = first.length;
      first.push(s);
      frequency.push(0);
      bucket.push(pattern);
    }
    frequency[pattern]++;
    patternOf[s] = pattern;
  }
  sortByScore(matrix, first, frequency, patternOf);
  const start = new Int32Array(first.length + 1);
  const row = new Int32Array(first.length * items * (model.categories === 2 ? 2 : 1));
  const weight = new Float64Array(row.length);
  let e = 0;
  first.forEach((s, p) => {
    for (let i = 0; i < items; i++) {
      const cell = s * items + i;
      if (!matrix.observed[cell]) continue;
      const score = checkedScore(matrix, s, i, model);
      const trials = matrix.trials?.[cell] ?? 1;
      if (model.categories > 2) {
        row[e] = i * model.categories + score;
        weight[e++] = trials;
        continue;
      }
      if (score > 0) {
        row[e] = i * 2 + 1;
        weight[e++] = trials * score;
      }
      if (score < 1) {
        row[e] = i * 2;
        weight[e++] = trials * (1 - score);
      }
    }
    start[p + 1] = e;
  });
  return {
    count: first.length,
    frequency: Float64Array.from(frequency),
    start,
    row: row.slice(0, e),
    weight: weight.slice(0, e),
    patternOf,
  };
}

/** Patterns of similar scores have their posteriors on the same nodes: side by side they find these in the cache. */
function sortByScore(
  { items, scores }: ResponseMatrix,
  first: number[],
  frequency: number[],
  patternOf: Int32Array,
): void {
  const total = first.map((s) =>
    scores.subarray(s * items.length, (s + 1) * items.length).reduce((sum, score) => sum + score, 0),
  );
  const order = Array.from(first.keys()).sort((a, b) => total[a] - total[b]);
  const rank = new Int32Array(order.length);
  order.forEach((pattern, r) => {
    rank[pattern] = r;
  });
  const [unsortedFirst, unsortedFrequency] = [first.slice(), frequency.slice()];
  order.forEach((pattern, r) => {
    first[r] = unsortedFirst[pattern];
    frequency[r] = unsortedFrequency[pattern];
  });
  patternOf.forEach((pattern, s) => {
    patternOf[s] = rank[pattern];
  });
}

function checkedScore(matrix: ResponseMatrix, s: number, i: number, model: ResponseModel): number {
  const score = matrix.scores[s * matrix.items.length + i];
  const ordered = model.family === "graded" || model.family === "gpcm";
  const good = ordered
    ? Number.isInteger(score) && score >= 0 && score < model.categories
    : score >= 0 && score <= 1;
  if (good) return score;
  throw new InputError("a score is outside the model's range", {
    at: `subject ${matrix.subjects[s]}, item ${matrix.items[i]}`,
    found: String(score),
    expected: ordered ? `a whole number from 0 to ${model.categories - 1}` : "a number from 0 to 1",
  });
}

const bits = new DataView(new ArrayBuffer(8));

function hashRow(matrix: ResponseMatrix, s: number): number {
  const items = matrix.items.length;
  let hash = 0x811c9dc5;
  const mix = (word: number) => {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  };
  for (let c = s * items; c < (s + 1) * items; c++) {
    if (!matrix.observed[c]) {
      mix(0x9e3779b9);
      continue;
    }
    bits.setFloat64(0, matrix.scores[c]);
    mix(bits.getInt32(0));
    mix(bits.getInt32(4));
    if (matrix.trials) mix(matrix.trials[c]);
  }
  return hash;
}

function equalRows({ items, scores, observed, trials }: ResponseMatrix, a: number, b: number): boolean {
  const width = items.length;
  for (let i = 0, ca = a * width, cb = b * width; i < width; i++, ca++, cb++) {
    if (observed[ca] !== observed[cb]) return false;
    if (observed[ca] && (scores[ca] !== scores[cb] || trials?.[ca] !== trials?.[cb])) return false;
  }
  return true;
}
