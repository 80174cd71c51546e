import type { ItemParameters } from "../irt/index.ts";
import { permutation, seededRandom } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type AdaptiveRules, askAdaptively } from "./adaptive-design.ts";
import { compareMethods, errsLess } from "./assess.ts";
import { type AssessOptions, askAll, calibrateAs, crossValidate } from "./cross-validate.ts";
import { type Asked, type Estimates, fitEstimators, type Method, methods } from "./estimators.ts";
import { gpIrtWeights } from "./gp-weights.ts";
import { type Pool, subPool } from "./pool.ts";
import { kendallTau, meanAbsolute } from "./rank-agreement.ts";
import { type Selection, selectQuestions } from "./select.ts";

export interface CompareOptions {
  /** Numbers of questions. */
  readonly counts: readonly number[];
  /** Random divisions of the subjects into known and tested ones. Default 20. */
  readonly splits?: number;
  /** Share of the subjects tested in each. Default 1/4. */
  readonly test?: number;
  readonly seed?: number;
  /** How the items are calibrated on the known subjects. Default: by the pool's own model. */
  readonly calibrate?: (responses: ResponseMatrix) => ItemParameters;
  /** Of the cross-validation on the known subjects that the default is chosen by. */
  readonly assessment?: AssessOptions;
  /** Called after each split with the number done. */
  readonly progress?: (done: number, splits: number) => void;
}

/** Error of one way to examine over all splits; errors as shares of the full score. */
export interface ComparisonRow {
  readonly scenario: string;
  readonly count: number;
  /** How the questions were chosen; default: as {@link designExam} would choose, by cross-validation on the known. */
  readonly questions: Selection | "adaptive" | "default";
  readonly method: Method | "stacked" | "default";
  readonly meanAbsoluteError: number;
  /** Standard error of the error on new subjects: Nadeau & Bengio's, as splits share subjects. */
  readonly standardError: number;
  /** Kendall's τ-b of the tested subjects' estimates with their scores. */
  readonly tau: number;
  readonly tauError: number;
}

export interface Comparison {
  readonly known: number;
  readonly tested: number;
  readonly splits: number;
  readonly rows: readonly ComparisonRow[];
  /** In how many splits the default was which, for each number of questions: "adaptive pIRT", "readout stacked", … */
  readonly chosen: readonly { readonly count: number; readonly splits: Readonly<Record<string, number>> }[];
}

/**
 * Errors of every way to choose questions and to estimate on subjects that nothing was fitted on, by number of
 * questions, as tinyBenchmarks' third tutorial prints them. In every split all is done anew on the known subjects.
 */
export function compareExams(pool: Pool, options: CompareOptions): Comparison {
  const { counts, splits = 20, test = 0.25, seed = 1, assessment, progress } = options;
  const calibrate = options.calibrate ?? calibrateAs(pool.parameters);
  const s = pool.responses.subjects.length;
  const tested = Math.max(2, Math.round(test * s));
  const found = new Map<string, { key: Omit<ComparisonRow, Figures>; errors: number[]; taus: number[] }>();
  const chosen = counts.map((count) => ({ count, splits: {} as Record<string, number> }));
  for (let split = 0; split < splits; split++) {
    const order = permutation(s, seededRandom(1000 * seed + split));
    const held = order.slice(0, tested);
    const rest = order.slice(tested);
    const training = subPool(pool, rest, calibrate(subPool(pool, rest).responses));
    counts.forEach((count, c) => {
      const { rows, best } = examineAll(pool, training, held, count, { seed: split + 1, ...assessment });
      chosen[c].splits[best] = (chosen[c].splits[best] ?? 0) + 1;
      for (const { questions, method, estimates } of rows)
        pool.scenarios.forEach(({ name }, t) => {
          const key = { scenario: name, count, questions, method };
          const id = JSON.stringify(key);
          const row = found.get(id) ?? { key, errors: [], taus: [] };
          found.set(id, row);
          const own = estimates.map((values) => values[t]);
          const truth = Array.from(held, (r) => pool.truth[r * pool.scenarios.length + t]);
          row.errors.push(meanAbsolute(own, truth));
          row.taus.push(kendallTau(own, truth));
        });
    });
    progress?.(split + 1, splits);
  }
  return {
    known: s - tested,
    tested,
    splits,
    chosen,
    rows: Array.from(found.values(), ({ key, errors, taus }) => {
      const [meanAbsoluteError, standardError] = meanAndError(errors, tested / (s - tested));
      const [tau, tauError] = meanAndError(taus, tested / (s - tested));
      return { ...key, meanAbsoluteError, standardError, tau, tauError };
    }),
  };
}

type Figures = "meanAbsoluteError" | "standardError" | "tau" | "tauError";

interface Examined {
  readonly questions: ComparisonRow["questions"];
  readonly method: ComparisonRow["method"];
  /** K estimates of each held subject. */
  readonly estimates: readonly Float64Array[];
}

function examineAll(
  pool: Pool,
  training: Pool,
  held: Uint32Array,
  count: number,
  assessment: AssessOptions & { readonly seed: number },
): { rows: Examined[]; best: string } {
  const { seed } = assessment;
  const width = pool.responses.items.length;
  const answerOf = (subject: number) => (i: number) => pool.filled[subject * width + i];
  const gpWeights = gpIrtWeights(training, count);
  const choose =
    (method: Selection) =>
    (from: Pool): Asked => ({
      ...selectQuestions(from, { count, method, seed }),
      gpWeights,
    });
  const rows: Examined[] = [];
  const add = (questions: Examined["questions"], values: readonly Partial<Estimates["values"]>[]) => {
    for (const method of methods)
      if (values[0][method])
        rows.push({ questions, method, estimates: values.map((v) => v[method] as Float64Array) });
  };
  const fixed = new Map<Selection, readonly Estimates["values"][]>();
  for (const selection of ["random", "anchors", "readout"] as const) {
    const asked = choose(selection)(training);
    const estimate = fitEstimators(training, asked);
    const values = Array.from(held, (r) => estimate(Float64Array.from(asked.items, answerOf(r))).values);
    fixed.set(selection, values);
    add(selection, values);
  }
  const readout = fixed.get("readout") as readonly Estimates["values"][];
  const validated = crossValidate(training, askAll(choose("readout")), assessment);
  const { scenarios } = compareMethods(validated);
  const stacked = readout.map((values) =>
    Float64Array.from(scenarios, ({ stacking }, t) =>
      methods.reduce((sum, method, m) => sum + stacking[m] * values[method][t], 0),
    ),
  );
  rows.push({ questions: "readout", method: "stacked", estimates: stacked });
  const rules: AdaptiveRules = { criterion: "score", stop: { most: count }, among: 1, seed };
  const examine = askAdaptively(rules)(training);
  const adaptive = Array.from(held, (r) => examine(answerOf(r)).values);
  add("adaptive", adaptive);
  if (count < width && errsLess(crossValidate(training, askAdaptively(rules), assessment), validated)) {
    const estimates = adaptive.map(({ pIRT }) => pIRT as Float64Array);
    rows.push({ questions: "default", method: "default", estimates });
    return { rows, best: "adaptive pIRT" };
  }
  const estimates = readout.map((values, h) =>
    Float64Array.from(scenarios, ({ best }, t) => (best === "stacked" ? stacked[h][t] : values[best][t])),
  );
  rows.push({ questions: "default", method: "default", estimates });
  return { rows, best: `readout ${scenarios[scenarios.length - 1].best}` };
}

/**
 * Mean over random divisions of the same subjects with its standard error. The divisions overlap, so that the usual
 * √(variance / n) is too small: Nadeau & Bengio (2003, equation 8) add tested / known to 1 / n.
 * @param ratio number of tested over known subjects; 0 where the values are of independent data
 */
export function meanAndError(values: readonly number[], ratio: number): [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return [mean, values.length > 1 ? Math.sqrt(variance * (1 / values.length + ratio)) : Number.NaN];
}
