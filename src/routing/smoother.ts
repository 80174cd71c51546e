import { floatRows } from "../kernels/index.ts";
import { invertLower } from "../numerics/index.ts";
import { madeOnce } from "./made-once.ts";
import { sideBySide } from "./parts.ts";
import {
  expand,
  expandedWidth,
  expander,
  fitRidge,
  gramOf,
  momentsOf,
  type RandomFeatures,
  randomFeatures,
} from "./random-features.ts";

/**
 * Bayesian kernel regression of several tables of targets (common parts, own parts, item parameters) on question
 * features, each table penalised by itself.
 */
export interface Smoother {
  readonly features: RandomFeatures;
  /** width × outputs weights, the tables' columns side by side. */
  readonly weights: Float32Array;
  readonly outputs: number;
  /** width × width lower factor of ZᵀZ + λI for the first table. */
  readonly factor: Float64Array;
  /** Penalty of the first table. */
  readonly lambda: number;
  /** Each table's prior variance of one target per unit of feature length: residual variance / λ. */
  readonly variances: readonly number[];
}

export interface SmootherFit {
  readonly smoother: Smoother;
  /** Of each table: predictions of each question by the fit without it. */
  readonly leftOut: readonly Float64Array[];
}

const penalties = [3, 10, 30, 100, 300, 1000, 3000, 10_000];

/** Weight of each of F features in the kernel's distance: lexical ones together .7, those of style 1.2. */
export function kernelWeights(inputs: number, lexical: number): Float32Array {
  return Float32Array.from({ length: inputs }, (_, f) =>
    f < lexical ? 0.7 / Math.sqrt(lexical) : 1.2 / Math.sqrt(inputs - lexical),
  );
}

/**
 * @param rows n × F features, the first `lexical` of them lexical, the others of style
 * @param tables each n × some targets, centred
 */
export function fitSmoother(
  rows: readonly Float32Array[],
  lexical: number,
  tables: readonly Float32Array[],
  cosines: number,
  seed: number,
): SmootherFit {
  const n = rows.length;
  const inputs = rows[0].length;
  const style = inputs - lexical;
  const inputWeights = kernelWeights(inputs, lexical);
  const linear = Float32Array.from(
    { length: inputs },
    (_, f) => 1 / Math.sqrt(f < lexical ? lexical : style),
  );
  const features = randomFeatures(inputWeights, linear, cosines, seed);
  const width = expandedWidth(features);
  const expanded = new Float32Array(n * width);
  rows.forEach((row, i) => {
    expand(features, row, expanded, i * width);
  });
  const gram = gramOf(expanded, width);
  const targets = sideBySide(tables, n);
  const outputs = targets.length / n;
  const moments = momentsOf(expanded, width, targets, outputs);
  const fits = penalties.map((lambda) => ({
    lambda,
    ...fitRidge(expanded, width, gram, moments, targets, outputs, lambda),
  }));
  const weights = new Float32Array(width * outputs);
  let from = 0;
  const chosen = tables.map((table) => {
    const size = table.length / n;
    const of = (values: Float64Array, height: number) =>
      Float64Array.from(
        { length: height * size },
        (_, o) => values[Math.floor(o / size) * outputs + from + (o % size)],
      );
    const tried = fits.map((fit) => {
      const leftOut = of(fit.leftOut, n);
      const error = leftOut.reduce((sum, value, o) => sum + (value - table[o]) ** 2, 0) / table.length;
      return { fit, leftOut, error };
    });
    const best = tried.reduce((a, b) => (b.error < a.error ? b : a));
    const own = of(best.fit.weights, width);
    own.forEach((value, o) => {
      weights[Math.floor(o / size) * outputs + from + (o % size)] = value;
    });
    from += size;
    return best;
  });
  const first = chosen[0].fit;
  return {
    smoother: {
      features,
      weights,
      outputs,
      factor: first.factor,
      lambda: first.lambda,
      variances: chosen.map(({ fit, error }) => error / fit.lambda),
    },
    leftOut: chosen.map(({ leftOut }) => leftOut),
  };
}

/** Predictions at one question; `remaining` is the prior variance that is left, per unit of a target's. */
export interface Smoothed {
  readonly values: ArrayLike<number>;
  readonly remaining: number;
}

/** `values` are valid until the next call for the same smoother. */
export function smooth(smoother: Smoother, x: Float32Array): Smoothed {
  return reader(smoother)(x);
}

const reader = madeOnce(({ features, weights, outputs, factor, lambda }: Smoother) => {
  const width = expandedWidth(features);
  const expandTo = expander(features);
  // The weights of each output, then L⁻¹: the posterior variance is λ|L⁻¹z|².
  const rows = new Float64Array((outputs + width) * width);
  for (let i = 0; i < weights.length; i++) rows[(i % outputs) * width + Math.floor(i / outputs)] = weights[i];
  rows.set(invertLower(factor, width), outputs * width);
  const { query, products, run } = floatRows(rows, width);
  const values = products.subarray(0, outputs);
  return (x: Float32Array): Smoothed => {
    expandTo(x, query);
    run();
    let squares = 0;
    for (let i = outputs; i < products.length; i++) squares += products[i] * products[i];
    return { values, remaining: lambda * squares };
  };
});
