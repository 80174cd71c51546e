/**
 * Who answered what, how well. Scores stand subject by subject: the score of subject `s` on item `i` is
 * `scores[s * items.length + i]`, and counts only where `observed` is 1 at the same place. Strings are kept once.
 */
export interface ResponseMatrix {
  /** Names of the LLMs (or people), length S, distinct. */
  readonly subjects: readonly string[];
  /** Ids of the questions, length I, distinct. */
  readonly items: readonly string[];
  /** S × I, in [0, 1] unless the data are ordered categories; 0 where not observed. */
  readonly scores: Float64Array;
  /** S × I, 1 where the subject answered the item, 0 where the response is missing. */
  readonly observed: Uint8Array;
  /** S × I number of trials behind each score (binomial counts, mean of n samples); absent: 1 each. */
  readonly trials?: Float64Array;
  /** S × I cost in dollars of each answer, NaN where unknown; absent where the data have none. */
  readonly costs?: Float64Array;
  /** Text of each item, "" where unknown; absent where the data have none. */
  readonly texts?: readonly string[];
  /** Scenario (dataset, benchmark) of each item; absent: all of one. */
  readonly scenarios?: readonly string[];
  /** Subscenario (subject of an exam, task) of each item. */
  readonly subscenarios?: readonly string[];
}

/** An empty matrix of the given subjects and items, nothing observed. */
export function emptyMatrix(subjects: readonly string[], items: readonly string[]) {
  const size = subjects.length * items.length;
  return { subjects, items, scores: new Float64Array(size), observed: new Uint8Array(size) };
}

/** Right or wrong: a non-zero score counts as right (RouterDC's and tinyBenchmarks' rule for multiple choice). */
export function hardScores(matrix: ResponseMatrix): ResponseMatrix {
  return { ...matrix, scores: matrix.scores.map((score) => (score > 0 ? 1 : 0)) };
}

/** The columns `items` (indices) of a matrix, in that order. */
export function selectItems(matrix: ResponseMatrix, items: ArrayLike<number>): ResponseMatrix {
  const pick = <T>(column: readonly T[]): T[] => Array.from(items, (i) => column[i]);
  const width = matrix.items.length;
  const gather = <A extends Float64Array | Uint8Array>(values: A, out: A): A => {
    for (let s = 0, o = 0; s < matrix.subjects.length; s++)
      for (let j = 0; j < items.length; j++, o++) out[o] = values[s * width + items[j]];
    return out;
  };
  const size = matrix.subjects.length * items.length;
  return {
    subjects: matrix.subjects,
    items: pick(matrix.items),
    scores: gather(matrix.scores, new Float64Array(size)),
    observed: gather(matrix.observed, new Uint8Array(size)),
    ...(matrix.trials && { trials: gather(matrix.trials, new Float64Array(size)) }),
    ...(matrix.costs && { costs: gather(matrix.costs, new Float64Array(size)) }),
    ...(matrix.texts && { texts: pick(matrix.texts) }),
    ...(matrix.scenarios && { scenarios: pick(matrix.scenarios) }),
    ...(matrix.subscenarios && { subscenarios: pick(matrix.subscenarios) }),
  };
}

/** The rows `subjects` (indices) of a matrix, in that order. */
export function selectSubjects(matrix: ResponseMatrix, subjects: ArrayLike<number>): ResponseMatrix {
  const width = matrix.items.length;
  const gather = <A extends Float64Array | Uint8Array>(values: A, out: A): A => {
    for (let r = 0; r < subjects.length; r++)
      out.set(values.subarray(subjects[r] * width, (subjects[r] + 1) * width), r * width);
    return out;
  };
  const size = subjects.length * width;
  return {
    ...matrix,
    subjects: Array.from(subjects, (s) => matrix.subjects[s]),
    scores: gather(matrix.scores, new Float64Array(size)),
    observed: gather(matrix.observed, new Uint8Array(size)),
    ...(matrix.trials && { trials: gather(matrix.trials, new Float64Array(size)) }),
    ...(matrix.costs && { costs: gather(matrix.costs, new Float64Array(size)) }),
  };
}
