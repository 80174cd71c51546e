import type { ResponseMatrix } from "../responses/index.ts";

/** A score that an exam estimates: a weighted mean over some items. */
export interface Scenario {
  readonly name: string;
  /** Indices of its items. */
  readonly items: Uint32Array;
  /** Weight of each of them in the score; sums to 1. */
  readonly weights: Float64Array;
}

/**
 * The scenarios of a set of items. Each subscenario counts alike within its scenario, each item alike within its
 * subscenario (tinyBenchmarks' balance weights, N / (n_sub · n_i), divided by N); where there are several scenarios, a
 * last one counts each of them alike. It is named "overall", or "all scenarios" where the data have one of that name.
 */
export function scenariosOf({
  items,
  scenarios,
  subscenarios,
}: Pick<ResponseMatrix, "items" | "scenarios" | "subscenarios">): Scenario[] {
  const groups = new Map<string, Map<string, number[]>>();
  items.forEach((_, i) => {
    const name = scenarios?.[i] ?? "all";
    const part = subscenarios?.[i] ?? "";
    const parts = groups.get(name) ?? new Map<string, number[]>();
    groups.set(name, parts);
    const members = parts.get(part) ?? [];
    parts.set(part, members);
    members.push(i);
  });
  const found = [...groups].map(([name, parts]): Scenario => {
    const lists = [...parts.values()];
    return {
      name,
      items: Uint32Array.from(lists.flat()),
      weights: Float64Array.from(lists.flatMap((list) => list.map(() => 1 / (lists.length * list.length)))),
    };
  });
  return found.length > 1 ? [...found, overallOf(found)] : found;
}

/** The scenarios without the one over all of them. */
export function partsOf(scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios.length > 1 ? scenarios.slice(0, -1) : scenarios;
}

function overallOf(scenarios: readonly Scenario[]): Scenario {
  return {
    name: scenarios.some(({ name }) => name === "overall") ? "all scenarios" : "overall",
    items: Uint32Array.from(scenarios.flatMap(({ items }) => Array.from(items))),
    weights: Float64Array.from(
      scenarios.flatMap(({ weights }) => Array.from(weights, (w) => w / scenarios.length)),
    ),
  };
}

/**
 * Weights of all I items in each scenario, scenarios × I, zero outside it: a subject's scores are this matrix times its
 * row of responses.
 */
export function weightMatrix(scenarios: readonly Scenario[], items: number): Float64Array {
  const matrix = new Float64Array(scenarios.length * items);
  scenarios.forEach(({ items: members, weights }, k) => {
    members.forEach((i, j) => {
      matrix[k * items + i] = weights[j];
    });
  });
  return matrix;
}

/**
 * Scores of every subject in every scenario, S × K; each missing response takes its place in `expected` (S × I), or,
 * without it, the subject's weighted mean over what it answered (NaN if nothing).
 */
export function scenarioScores(
  { subjects, items, scores, observed }: ResponseMatrix,
  scenarios: readonly Scenario[],
  expected?: Float64Array,
): Float64Array {
  const n = items.length;
  const out = new Float64Array(subjects.length * scenarios.length);
  for (let s = 0, o = 0; s < subjects.length; s++)
    for (const { items: members, weights } of scenarios) {
      let sum = 0;
      let mass = 0;
      for (let j = 0; j < members.length; j++) {
        const p = s * n + members[j];
        if (!observed[p] && !expected) continue;
        sum += weights[j] * (observed[p] ? scores[p] : (expected as Float64Array)[p]);
        mass += weights[j];
      }
      out[o++] = sum / mass;
    }
  return out;
}
