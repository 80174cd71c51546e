import { chiSquaredTail } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { completeSubjects } from "./complete-subjects.ts";
import { benjaminiHochberg } from "./fit-multiple-tests.ts";
import { type LatentNormal, population, standardNormal } from "./latent.ts";
import { curvePoint, modelOf, packItems, type ResponseModel } from "./models.ts";
import type { Nodes } from "./nodes.ts";
import type { ItemParameters } from "./parameters.ts";

export interface SumScoreFit {
  /** I: S-X2 of each item, NaN where too few score groups are left to test. */
  readonly statistic: Float64Array;
  /** Degrees of freedom, NaN where none are left. */
  readonly df: Float64Array;
  readonly p: Float64Array;
  /** p adjusted over items (Benjamini & Hochberg). */
  readonly adjustedP: Float64Array;
  /** Subjects used: those who answered every item. */
  readonly subjects: number;
}

/** Multiply-adds beyond which sum-score distributions are not worth waiting for: a subject's worth, and at most. */
const affordable = { subject: 2e7, whole: 3e9 };

/**
 * Item fit S-X2: observed against expected answers among subjects of equal sum score (Orlando & Thissen 2000; Kang &
 * Chen 2008 for ordered scores). Groups with an expected count below 1 join the smaller neighbouring group. Needs whole-
 * numbered scores and subjects who answered everything; undefined where there are none, or far too many items.
 * @param guessingKnown the lower asymptotes were not estimated, and take no degree of freedom
 */
export function sumScoreFit(
  matrix: ResponseMatrix,
  items: ItemParameters,
  latent: LatentNormal = standardNormal(items.dims),
  guessingKnown = false,
): SumScoreFit | undefined {
  const model = modelOf(items);
  const width = matrix.items.length;
  const { categories } = model;
  const highest = width * (categories - 1);
  const complete = completeSubjects(matrix);
  if (complete.length === 0 || width < 3) return undefined;
  const { nodes, weights } = population(latent, items.dims === 1 ? 0.2 : 0.4);
  const worth = Math.min(affordable.whole, affordable.subject * complete.length);
  if (nodes.count * highest * width * Math.log2(width) * categories > worth) return undefined;
  const expected = expectedShares(model, packItems(model, items), nodes, weights, width);
  const observed = new Float64Array(width * (highest + 1) * categories);
  const groups = new Float64Array(highest + 1);
  for (const s of complete) {
    const row = matrix.scores.subarray(s * width, (s + 1) * width);
    const total = row.reduce((sum, v) => sum + v, 0);
    groups[total]++;
    row.forEach((v, i) => {
      observed[(i * (highest + 1) + total) * categories + v]++;
    });
  }
  const oneSlope = items.family === "rasch" || items.family === "1pl";
  const estimated = model.size - (oneSlope || guessingKnown ? 1 : 0);
  const statistic = new Float64Array(width).fill(Number.NaN);
  const df = new Float64Array(width).fill(Number.NaN);
  for (let i = 0; i < width; i++) {
    const rows: Group[] = [];
    for (let t = 1; t < highest; t++) {
      if (groups[t] === 0) continue;
      const base = (i * (highest + 1) + t) * categories;
      rows.push({
        expected: Array.from(expected.subarray(base, base + categories), (v) => v * groups[t]),
        observed: Array.from(observed.subarray(base, base + categories)),
        size: groups[t],
      });
    }
    const merged = mergeSparse(rows);
    const free = merged.reduce((n, g) => n + g.expected.filter((e) => e > 0).length - 1, 0) - estimated;
    if (free < 1) continue;
    df[i] = free;
    statistic[i] = merged.reduce(
      (sum, g) =>
        sum + g.expected.reduce((part, e, k) => part + (e > 0 ? (g.observed[k] - e) ** 2 / e : 0), 0),
      0,
    );
  }
  const p = statistic.map((x, i) => (Number.isNaN(x) ? x : chiSquaredTail(x, df[i])));
  return { statistic, df, p, adjustedP: benjaminiHochberg(p), subjects: complete.length };
}

interface Group {
  readonly expected: number[];
  readonly observed: number[];
  readonly size: number;
}

/** Joins score groups until each expected count that can occur is at least 1. */
function mergeSparse(groups: readonly Group[]): Group[] {
  const left = [...groups];
  while (left.length > 1) {
    const sparse = left.findIndex(({ expected }) => expected.some((e) => e > 0 && e < 1));
    if (sparse < 0) break;
    const below = left[sparse - 1];
    const above = left[sparse + 1];
    const into = !above || (below && below.size <= above.size) ? sparse - 1 : sparse + 1;
    const [a, b] = [left[sparse], left[into]];
    left[into] = {
      expected: a.expected.map((v, k) => v + b.expected[k]),
      observed: a.observed.map((v, k) => v + b.observed[k]),
      size: a.size + b.size,
    };
    left.splice(sparse, 1);
  }
  return left;
}

/**
 * P(item i in category k | sum score t), I × (T + 1) × K. The distribution of the rest score of every item comes from
 * halving the test: a half is convolved with the other half's items once, so all I rest scores cost log I passes
 * instead of I (the recursion within a pass is Lord & Wingersky's, 1984).
 */
function expectedShares(
  model: ResponseModel,
  x: Float64Array,
  nodes: Nodes,
  weights: Float64Array,
  width: number,
): Float64Array {
  const { categories, size, dims } = model;
  const step = categories - 1;
  const highest = width * step;
  const shares = new Float64Array(width * (highest + 1) * categories);
  const out = curvePoint(model);
  const p = new Float64Array(width * categories);
  const convolve = (from: Float64Array, items: readonly [number, number]): Float64Array => {
    let dist = from;
    for (let i = items[0]; i < items[1]; i++) {
      const next = new Float64Array(dist.length + step);
      for (let k = 0; k <= step; k++) {
        const pk = p[i * categories + k];
        for (let t = 0; t < dist.length; t++) next[t + k] += pk * dist[t];
      }
      dist = next;
    }
    return dist;
  };
  for (let q = 0; q < nodes.count; q++) {
    const weight = weights[q];
    if (weight < 1e-14) continue;
    for (let i = 0; i < width; i++) {
      model.evaluate(x, i * size, nodes.theta, q * dims, out);
      p.set(out.p, i * categories);
    }
    const halve = (from: number, to: number, rest: Float64Array): void => {
      if (to - from === 1) {
        for (let k = 0; k <= step; k++)
          for (let t = 0; t < rest.length; t++)
            shares[(from * (highest + 1) + t + k) * categories + k] +=
              weight * p[from * categories + k] * rest[t];
        return;
      }
      const middle = (from + to) >> 1;
      halve(from, middle, convolve(rest, [middle, to]));
      halve(middle, to, convolve(rest, [from, middle]));
    };
    halve(0, width, Float64Array.of(1));
  }
  for (let e = 0; e < shares.length; e += categories) {
    let total = 0;
    for (let k = 0; k < categories; k++) total += shares[e + k];
    for (let k = 0; k < categories; k++) shares[e + k] = total > 0 ? shares[e + k] / total : 0;
  }
  return shares;
}
