import { InputError } from "../input-error.ts";
import { seededRandom } from "../numerics/index.ts";

/** What a selection must respect. */
export interface Constraints {
  /** Items never to be asked. */
  readonly never?: Iterable<number>;
  /** At least so many items of each group, by the group's name. */
  readonly atLeast?: Readonly<Record<string, number>>;
  /** Cost of asking each of I items, tokens or dollars; gains are then weighed by it. */
  readonly costs?: ArrayLike<number>;
  /** Bound on the sum of the costs. */
  readonly budget?: number;
  /**
   * Exposure control for repeated use: each question is drawn at random among the `among` best (Kingsbury & Zara 1989,
   * "randomesque").
   */
  readonly exposure?: { readonly among: number; readonly seed: number };
}

const notKept: Readonly<Record<string, readonly (keyof Constraints)[]>> = {
  anchors: ["atLeast", "costs", "budget", "exposure"],
  adaptive: ["atLeast", "costs", "budget"],
};

const inWords: Readonly<Record<keyof Constraints, string>> = {
  never: "Questions never to be asked",
  atLeast: "Least numbers per scenario",
  costs: "Costs",
  budget: "A budget",
  exposure: "Exposure control",
};

/** @throws InputError for a constraint that a way to choose questions would drop, and for a budget without costs */
export function checkConstraints(method: string, constraints: Constraints): void {
  for (const name of notKept[method] ?? []) {
    const value = constraints[name];
    if (value === undefined || (name === "atLeast" && Object.keys(value).length === 0)) continue;
    throw new InputError(`${inWords[name]} cannot be kept when questions are chosen so`, {
      field: "method",
      found: method,
      expected:
        name === "exposure" ? "readout, information, random or adaptive" : "readout, information or random",
    });
  }
  if (constraints.budget !== undefined && !constraints.costs)
    throw new InputError("A budget needs the costs that it bounds", {
      field: "budget",
      found: String(constraints.budget),
      hint: "Say what each question costs: costs, or --costs.",
    });
}

/** What a greedy selection makes large, one item at a time. */
export interface Criterion {
  /** Fills the gain of asking each of I items next. */
  gains(out: Float64Array): void;
  /** Item i is asked. */
  take(i: number): void;
}

/**
 * Up to `count` of `n` items, each the one that gains most next, within the constraints; fewer where the budget ends.
 *
 * @param groups name of each item's group (scenario), for `atLeast`.
 * @throws InputError when the constraints cannot be met.
 */
export function selectGreedily(
  count: number,
  n: number,
  criterion: Criterion,
  constraints: Constraints = {},
  groups?: readonly string[],
): Uint32Array {
  const { costs, budget = Infinity, exposure } = constraints;
  const random = seededRandom(exposure?.seed ?? 0);
  const closed = new Uint8Array(n);
  for (const i of constraints.never ?? []) closed[i] = 1;
  const owed = owedByGroup(count, n, closed, constraints, groups);
  const gains = new Float64Array(n);
  const chosen: number[] = [];
  let spent = 0;
  while (chosen.length < count) {
    criterion.gains(gains);
    let missing = 0;
    for (const left of owed.values()) missing += left;
    const onlyOwed = missing >= count - chosen.length;
    const reserve = costs && reserved(owed, costs, closed, groups);
    const candidates: number[] = [];
    for (let i = 0; i < n; i++) {
      if (closed[i]) continue;
      if (costs && reserve) {
        const freed = Math.min(costs[i], reserve.dearest.get(groups?.[i] ?? "") ?? 0);
        if (spent + costs[i] + reserve.total - freed > budget * (1 + 1e-12)) continue;
      }
      if (onlyOwed && !(owed.get(groups?.[i] ?? "") ?? 0)) continue;
      candidates.push(i);
    }
    if (candidates.length === 0) {
      if (missing === 0) break;
      throw new InputError("the budget is too small for the least numbers per scenario", {
        field: "budget",
        found: String(budget),
        expected: `at least ${(spent + (reserve?.total ?? 0)).toPrecision(4)}`,
      });
    }
    const worth = (i: number) => (costs ? perCost(gains[i], Math.max(1e-12, costs[i])) : gains[i]);
    const best = exposure
      ? oneOfTheBest(candidates, worth, exposure.among, random())
      : largest(candidates, worth);
    closed[best] = 1;
    chosen.push(best);
    spent += costs?.[best] ?? 0;
    const group = groups?.[best] ?? "";
    if (owed.has(group)) owed.set(group, Math.max(0, (owed.get(group) as number) - 1));
    criterion.take(best);
  }
  return Uint32Array.from(chosen);
}

/** What the cheapest open items cost that meet what is owed: in all, and the dearest of each group's. */
function reserved(
  owed: ReadonlyMap<string, number>,
  costs: ArrayLike<number>,
  closed: Uint8Array,
  groups: readonly string[] | undefined,
): { total: number; dearest: Map<string, number> } {
  const dearest = new Map<string, number>();
  let total = 0;
  for (const [name, left] of owed) {
    if (left === 0) continue;
    const open = Array.from(closed.keys()).filter((i) => !closed[i] && groups?.[i] === name);
    const cheapest = open
      .map((i) => costs[i])
      .sort((a, b) => a - b)
      .slice(0, left);
    for (const cost of cheapest) total += cost;
    dearest.set(name, cheapest[cheapest.length - 1]);
  }
  return { total, dearest };
}

/** Dearer is worse, also where gains are below zero. */
function perCost(gain: number, cost: number): number {
  return gain > 0 ? gain / cost : gain * cost;
}

function owedByGroup(
  count: number,
  n: number,
  closed: Uint8Array,
  { atLeast = {} }: Constraints,
  groups: readonly string[] | undefined,
): Map<string, number> {
  const owed = new Map(Object.entries(atLeast));
  let sum = 0;
  for (const [name, least] of owed) {
    let open = 0;
    for (let i = 0; i < n; i++) if (!closed[i] && groups?.[i] === name) open++;
    if (open < least)
      throw new InputError(`too few questions of "${name}"`, {
        found: String(open),
        expected: `at least ${least}`,
      });
    sum += least;
  }
  if (sum > count)
    throw new InputError("the least numbers per scenario exceed the length of the exam", {
      found: String(sum),
      expected: `at most ${count}`,
    });
  return owed;
}

function largest(candidates: readonly number[], worth: (i: number) => number): number {
  let best = candidates[0];
  for (const i of candidates) if (worth(i) > worth(best)) best = i;
  return best;
}

function oneOfTheBest(candidates: number[], worth: (i: number) => number, among: number, at: number): number {
  candidates.sort((a, b) => worth(b) - worth(a));
  return candidates[Math.floor(at * Math.min(among, candidates.length))];
}
