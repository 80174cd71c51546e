import { InputError } from "../input-error.ts";
import { minimizeBfgs } from "../numerics/index.ts";
import { logWeights, standardNormal } from "./latent.ts";
import { curvePoint, modelOf, packItems, type ResponseModel, unpackItems } from "./models.ts";
import { type Nodes, nodesFor } from "./nodes.ts";
import type { ItemParameters } from "./parameters.ts";

export type LinkMethod = "stocking-lord" | "haebara" | "mean-sigma";

/** θ of the base scale = slope · θ of the other scale + shift. */
export interface Link {
  readonly method: LinkMethod;
  readonly slope: number;
  readonly shift: number;
  /** Jackknife over common items: what another choice of them would change. */
  readonly slopeSE: number;
  readonly shiftSE: number;
  /** Covariance of slope and shift by the same jackknife. With two common items all three are unknown: Infinity, NaN. */
  readonly slopeShiftCovariance: number;
  /** Root mean squared distance of the linked curves (of expected score per common item). */
  readonly rmsd: number;
}

/**
 * Links two banks in one dimension through their common items: Stocking & Lord (1983) match test characteristic curves,
 * Haebara (1980) item curves, mean/sigma (Marco 1977) the difficulties' moments. Curves are compared over N(0, 1) on
 * the base scale.
 * @param common pairs of indices of the same item in `base` and in `other`.
 * @throws InputError with fewer than two common items, several dimensions or different families.
 */
export function linkBanks(
  base: ItemParameters,
  other: ItemParameters,
  common: readonly (readonly [number, number])[],
  method: LinkMethod = "stocking-lord",
): Link {
  if (base.dims !== 1 || other.dims !== 1)
    throw new InputError("linking takes banks of one dimension", { found: `${base.dims} and ${other.dims}` });
  if (common.length < 2)
    throw new InputError("too few common items to link by", {
      found: String(common.length),
      expected: "2 or more",
    });
  const model = modelOf(base);
  const theirs = modelOf(other);
  if (model.size !== theirs.size || model.categories !== theirs.categories)
    throw new InputError("the banks' models differ", { found: `${base.family} and ${other.family}` });
  const anchor = packItems(model, base);
  const moved = packItems(theirs, other);
  const nodes = nodesFor(1, 5, 0.25);
  const pairs = common.map(([b, o]) => ({
    base: anchor.slice(b * model.size, (b + 1) * model.size),
    other: moved.slice(o * model.size, (o + 1) * model.size),
  }));
  const solve = (some: readonly Pair[]) => {
    const start = meanSigma(some, model);
    return method === "mean-sigma" ? start : matchCurves(some, model, nodes, method, start);
  };
  const [slope, shift] = solve(pairs);
  const n = pairs.length;
  const without = n > 2 ? pairs.map((_, k) => solve(pairs.filter((_, l) => l !== k))) : [];
  const means = [0, 1].map((which) => without.reduce((sum, link) => sum + link[which] / n, 0));
  const covariance = (one: 0 | 1, other: 0 | 1) =>
    ((n - 1) / n) *
    without.reduce((sum, link) => sum + (link[one] - means[one]) * (link[other] - means[other]), 0);
  const loss = curveLoss(pairs, model, nodes, "haebara")(slope, shift);
  return {
    method,
    slope,
    shift,
    slopeSE: n > 2 ? Math.sqrt(covariance(0, 0)) : Number.POSITIVE_INFINITY,
    shiftSE: n > 2 ? Math.sqrt(covariance(1, 1)) : Number.POSITIVE_INFINITY,
    slopeShiftCovariance: n > 2 ? covariance(0, 1) : Number.NaN,
    rmsd: Math.sqrt(loss / n),
  };
}

interface Pair {
  readonly base: Float64Array;
  readonly other: Float64Array;
}

/** Difficulty of an item, for ordered ones the mean of its thresholds. */
function difficulty(x: Float64Array, { categories, family }: ResponseModel): number {
  if (family === "gpcm") return -x[categories - 1] / (x[0] * (categories - 1));
  let sum = 0;
  for (let k = 1; k < categories; k++) sum += x[k];
  return -sum / (x[0] * (categories - 1));
}

function meanSigma(pairs: readonly Pair[], model: ResponseModel): readonly [number, number] {
  // Difficulties of items that hardly discriminate are lost in noise.
  const steep = pairs.filter(({ base, other }) => Math.min(Math.abs(base[0]), Math.abs(other[0])) > 0.1);
  const moments = (values: readonly number[]) => {
    const mean = values.reduce((sum, v) => sum + v / values.length, 0);
    return { mean, sd: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2 / values.length, 0)) };
  };
  const base = moments(steep.map((pair) => difficulty(pair.base, model)));
  const other = moments(steep.map((pair) => difficulty(pair.other, model)));
  const slope = base.sd > 1e-9 && other.sd > 1e-9 ? base.sd / other.sd : 1;
  return steep.length > 0 ? [slope, base.mean - slope * other.mean] : [1, 0];
}

function matchCurves(
  pairs: readonly Pair[],
  model: ResponseModel,
  nodes: Nodes,
  method: LinkMethod,
  [slope, shift]: readonly [number, number],
): readonly [number, number] {
  const loss = curveLoss(pairs, model, nodes, method);
  const fit = minimizeBfgs(
    (at, gradient) => {
      const step = 1e-5;
      const value = (log: number, b: number) => loss(Math.exp(log), b);
      gradient[0] = (value(at[0] + step, at[1]) - value(at[0] - step, at[1])) / (2 * step);
      gradient[1] = (value(at[0], at[1] + step) - value(at[0], at[1] - step)) / (2 * step);
      return value(at[0], at[1]);
    },
    [Math.log(slope), shift],
    { tolerance: 1e-9 },
  );
  return [Math.exp(fit.x[0]), fit.x[1]];
}

/** Expected squared distance of the curves under θ ~ N(0, 1): of the test's for Stocking–Lord, else summed over items. */
function curveLoss(pairs: readonly Pair[], model: ResponseModel, nodes: Nodes, method: LinkMethod) {
  const weights = logWeights(nodes, standardNormal(1)).map(Math.exp);
  const out = curvePoint(model);
  const score = (x: Float64Array, q: number) => {
    model.evaluate(x, 0, nodes.theta, q, out);
    let sum = 0;
    for (let k = 1; k < model.categories; k++) sum += k * out.p[k];
    return sum;
  };
  const wanted = pairs.map(({ base }) =>
    Float64Array.from({ length: nodes.count }, (_, q) => score(base, q)),
  );
  return (slope: number, shift: number): number => {
    const total = new Float64Array(nodes.count);
    let loss = 0;
    pairs.forEach(({ other }, k) => {
      const x = other.slice();
      relocate(x, 0, model, slope, shift);
      for (let q = 0; q < nodes.count; q++) {
        const gap = wanted[k][q] - score(x, q);
        total[q] += gap;
        if (method !== "stocking-lord") loss += weights[q] * gap * gap;
      }
    });
    if (method === "stocking-lord") for (let q = 0; q < nodes.count; q++) loss += weights[q] * total[q] ** 2;
    return loss;
  };
}

/** Rewrites ξ for θ_base = slope · θ + shift: a → a / slope, d → d − a · shift / slope. */
function relocate(x: Float64Array, o: number, model: ResponseModel, slope: number, shift: number): void {
  x[o] /= slope;
  for (let k = 0; k < model.categories - 1; k++)
    x[o + 1 + k] -= x[o] * shift * (model.family === "gpcm" ? k + 1 : 1);
}

/** Item parameters of the other bank on the base scale. */
export function relinkItems(
  items: ItemParameters,
  { slope, shift }: Pick<Link, "slope" | "shift">,
): ItemParameters {
  const model = modelOf(items);
  const x = packItems(model, items);
  for (let o = 0; o < x.length; o += model.size) relocate(x, o, model, slope, shift);
  return unpackItems(model, x);
}
