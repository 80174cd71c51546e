import { pairedBootstrap } from "../../numerics/index.ts";
import { hardScores, type ResponseMatrix } from "../../responses/index.ts";

/** What RouterDC's authors report for their router on this test set (Chen et al. 2024, table 1), in per cent. */
export const routerDcPublished = 61.07;

/** How a choice of one model for each question does, beside the models themselves. */
export interface RoutingAccuracy {
  /** Share of questions whose chosen model is right. */
  readonly router: number;
  /** 95 % bootstrap interval over questions. */
  readonly interval: readonly [number, number];
  /** The model with the highest accuracy on these same questions: a bar that no one could have known beforehand. */
  readonly bestSingle: { readonly model: string; readonly reward: number };
  /** Router minus best single model on the same questions. */
  readonly difference: { readonly mean: number; readonly interval: readonly [number, number] };
  /** Expected accuracy of a model drawn at random for each question. */
  readonly random: number;
  /** Share of questions that more than half of the models answer rightly. */
  readonly majority: number;
  /** Share of questions that at least one model answers rightly: the most any router can reach. */
  readonly oracle: number;
  readonly models: Readonly<Record<string, number>>;
  /** How many questions each model was chosen for. */
  readonly chosen: Readonly<Record<string, number>>;
}

/** Scores the choices (index of a subject for each item) against a matrix in which each cell is observed. */
export function routingAccuracy(
  matrix: ResponseMatrix,
  choices: ArrayLike<number>,
  seed = 0,
): RoutingAccuracy {
  const { subjects } = matrix;
  const n = matrix.items.length;
  const { scores } = hardScores(matrix);
  const rows = subjects.map((_, s) => scores.subarray(s * n, (s + 1) * n));
  const mean = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[i];
    return sum / n;
  };
  const models = rows.map(mean);
  const best = models.indexOf(Math.max(...models));
  const right = Uint16Array.from({ length: n }, (_, i) => rows.reduce((sum, row) => sum + row[i], 0));
  const mine = Float64Array.from({ length: n }, (_, i) => rows[choices[i]][i]);
  const { mean: router, interval, differences } = pairedBootstrap(mine, [rows[best]], { seed });
  const chosen = subjects.map(() => 0);
  for (let i = 0; i < n; i++) chosen[choices[i]]++;
  const named = (values: readonly number[]) =>
    Object.fromEntries(subjects.map((name, s) => [name, values[s]]));
  return {
    router,
    interval,
    bestSingle: { model: subjects[best], reward: models[best] },
    difference: differences[0],
    random: mean(right) / subjects.length,
    majority: mean(right.map((count) => (2 * count > subjects.length ? 1 : 0))),
    oracle: mean(right.map((count) => (count > 0 ? 1 : 0))),
    models: named(models),
    chosen: named(chosen),
  };
}
