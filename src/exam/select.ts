import { permutation, seededRandom } from "../numerics/index.ts";
import { anchorPoints, irtColumns, responseColumns } from "./anchors.ts";
import type { Asked } from "./estimators.ts";
import { type Constraints, type Criterion, checkConstraints, selectGreedily } from "./greedy.ts";
import { informationCriterion } from "./information-criterion.ts";
import type { Pool } from "./pool.ts";
import { poolAbilities } from "./pool-abilities.ts";
import { shrunkReadOut } from "./readout-criterion.ts";
import { partsOf } from "./scenarios.ts";

/** Ways to choose an exam's questions. */
export const selections = ["readout", "information", "anchors", "random"] as const;
export type Selection = (typeof selections)[number];

export interface SelectOptions {
  readonly count: number;
  readonly method: Selection;
  readonly seed?: number;
  /** What anchors cluster: item parameters or the pool's responses. Default "irt". */
  readonly clustering?: "irt" | "correct.";
  /** Anchors keep `never` alone. */
  readonly constraints?: Constraints;
}

/**
 * Chooses an exam's questions from a pool.
 *
 * readout: greedily, those whose answers best foretell the scores of the pool's subjects. information: greedily,
 * D-optimal for the ability over the pool's abilities. anchors: tinyBenchmarks' k-means, `count` shared among the
 * scenarios; an item nearest to several centroids is asked once, with the sum of their weights. random: drawn evenly
 * within each scenario, the control.
 *
 * @throws InputError for constraints that cannot be met, or that the method cannot keep
 */
export function selectQuestions(pool: Pool, options: SelectOptions): Asked {
  const { count, method, seed = 1, constraints = {} } = options;
  checkConstraints(method, constraints);
  if (method === "anchors") return anchors(pool, options);
  const n = pool.responses.items.length;
  return {
    items: selectGreedily(
      Math.min(count, n),
      n,
      criterion(pool, method, seed),
      constraints,
      pool.responses.scenarios,
    ),
  };
}

function criterion(pool: Pool, method: "readout" | "information" | "random", seed: number): Criterion {
  if (method === "readout") return shrunkReadOut(pool);
  if (method === "information")
    return informationCriterion(pool.parameters, abilityQuantiles(pool), pool.latent);
  return spreadEvenly(pool, seed);
}

/** Random questions in turn from the scenarios and their subscenarios, so that each has its share. */
function spreadEvenly({ responses }: Pool, seed: number): Criterion {
  const n = responses.items.length;
  const rank = new Float64Array(n);
  const seen = new Map<string, number>();
  const size = new Map<string, number>();
  const key = (i: number) => `${responses.scenarios?.[i] ?? ""}\n${responses.subscenarios?.[i] ?? ""}`;
  for (let i = 0; i < n; i++) size.set(key(i), (size.get(key(i)) ?? 0) + 1);
  const random = seededRandom(seed);
  for (const i of permutation(n, random)) {
    const before = seen.get(key(i)) ?? 0;
    seen.set(key(i), before + 1);
    rank[i] = -(before + random()) / (size.get(key(i)) as number);
  }
  return {
    gains: (out) => out.set(rank),
    take: () => undefined,
  };
}

/** Abilities that stand for the pool's: at most 40 subjects, evenly spaced by their mean score. */
export function abilityQuantiles(pool: Pool, most = 40): Float64Array {
  const { filled, responses } = pool;
  const n = responses.items.length;
  const s = responses.subjects.length;
  const means = Float64Array.from({ length: s }, (_, r) =>
    filled.subarray(r * n, (r + 1) * n).reduce((a, b) => a + b, 0),
  );
  const order = Array.from({ length: s }, (_, r) => r).sort((a, b) => means[a] - means[b]);
  const size = Math.min(most, s);
  return poolAbilities(
    pool,
    Uint32Array.from({ length: size }, (_, m) => order[Math.floor(((m + 0.5) * s) / size)]),
  );
}

function anchors(pool: Pool, { count, seed = 1, clustering = "irt", constraints }: SelectOptions): Asked {
  const never = new Set(constraints?.never);
  const columns = clustering === "irt" ? irtColumns(pool.parameters) : responseColumns(pool.responses);
  const parts = partsOf(pool.scenarios);
  const found = new Map<number, Float64Array>();
  parts.forEach(({ items, weights }, t) => {
    const share = Math.floor(count / parts.length) + (t < count % parts.length ? 1 : 0);
    if (share === 0) return;
    const values = new Float64Array(items.length * columns.dims);
    items.forEach((i, j) => {
      values.set(columns.values.subarray(i * columns.dims, (i + 1) * columns.dims), j * columns.dims);
    });
    const chosen = anchorPoints({ dims: columns.dims, values }, Math.min(share, items.length), weights, {
      seed,
      closed: (j) => never.has(items[j]),
    });
    chosen.points.forEach((j, c) => {
      const own = found.get(items[j]) ?? new Float64Array(pool.scenarios.length);
      own[t] += chosen.weights[c];
      if (pool.scenarios.length > parts.length) own[parts.length] += chosen.weights[c] / parts.length;
      found.set(items[j], own);
    });
  });
  const items = Uint32Array.from(found.keys());
  const anchorWeights = new Float64Array(pool.scenarios.length * items.length);
  items.forEach((i, j) => {
    (found.get(i) as Float64Array).forEach((w, t) => {
      anchorWeights[t * items.length + j] = w;
    });
  });
  return { items, anchorWeights };
}
