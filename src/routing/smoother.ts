import {
  expand,
  expandedWidth,
  fitRidge,
  gramOf,
  lengthThroughFactor,
  momentsOf,
  type RandomFeatures,
  randomFeatures,
} from "./random-features.ts";

/**
 * Bayesian kernel regression of rewards on question features, the part common to all models apart from each model's
 * own, which is penalised by itself.
 */
export interface Smoother {
  readonly features: RandomFeatures;
  /** width weights of the common part. */
  readonly common: Float32Array;
  /** width × models weights of each model's own part. */
  readonly own: Float32Array;
  readonly models: number;
  /** width × width lower factor of ZᵀZ + λI of the common part. */
  readonly factor: Float64Array;
  /** Penalty of the common part. */
  readonly lambda: number;
  /** Prior variance of the common and the own part per unit of feature length: residual variance / λ. */
  readonly variance: { readonly common: number; readonly own: number };
}

export interface SmootherFit {
  readonly smoother: Smoother;
  /** n predictions of the common part, each by the fit without that question. */
  readonly common: Float64Array;
  /** n × models. */
  readonly own: Float64Array;
  /** n: share of the prior variance that is left at each question by the fit without it. */
  readonly unknown: Float64Array;
}

const penalties = [3, 10, 30, 100, 300, 1000];

/**
 * @param rows n × F features
 * @param common n common parts, centred
 * @param own n × models own parts, centred
 */
export function fitSmoother(
  rows: readonly Float32Array[],
  lexical: number,
  common: Float32Array,
  own: Float32Array,
  cosines: number,
  seed: number,
): SmootherFit {
  const n = rows.length;
  const models = own.length / n;
  const inputs = rows[0].length;
  const style = inputs - lexical;
  const weights = Float32Array.from({ length: inputs }, (_, f) =>
    f < lexical ? 0.7 / Math.sqrt(lexical) : 1.2 / Math.sqrt(style),
  );
  const linear = Float32Array.from(
    { length: inputs },
    (_, f) => 1 / Math.sqrt(f < lexical ? lexical : style),
  );
  const features = randomFeatures(weights, linear, cosines, seed);
  const width = expandedWidth(features);
  const expanded = new Float32Array(n * width);
  rows.forEach((row, i) => {
    expand(features, row, expanded, i * width);
  });
  const gram = gramOf(expanded, width);
  const both = new Float32Array(n * (models + 1));
  for (let i = 0; i < n; i++) {
    both[i * (models + 1)] = common[i];
    for (let m = 0; m < models; m++) both[i * (models + 1) + 1 + m] = own[i * models + m];
  }
  const moments = momentsOf(expanded, width, both, models + 1);
  let best = { error: Number.POSITIVE_INFINITY, lambda: 0 };
  let bestOwn = { error: Number.POSITIVE_INFINITY, lambda: 0 };
  let commonFit: ReturnType<typeof fitRidge> | undefined;
  let ownFit: ReturnType<typeof fitRidge> | undefined;
  for (const lambda of penalties) {
    const fit = fitRidge(expanded, width, gram, moments, both, models + 1, lambda);
    let error = 0;
    let errorOwn = 0;
    for (let i = 0; i < both.length; i++) {
      const squared = (both[i] - fit.leftOut[i]) ** 2;
      if (i % (models + 1) === 0) error += squared / n;
      else errorOwn += squared / (n * models);
    }
    if (error < best.error) {
      best = { error, lambda };
      commonFit = fit;
    }
    if (errorOwn < bestOwn.error) {
      bestOwn = { error: errorOwn, lambda };
      ownFit = fit;
    }
  }
  if (!commonFit || !ownFit) throw new Error("no penalty gave a finite error");
  const smoother: Smoother = {
    features,
    common: Float32Array.from({ length: width }, (_, i) => commonFit.weights[i * (models + 1)]),
    own: Float32Array.from(
      { length: width * models },
      (_, i) => ownFit.weights[Math.floor(i / models) * (models + 1) + 1 + (i % models)],
    ),
    models,
    factor: commonFit.factor,
    lambda: best.lambda,
    variance: { common: best.error / best.lambda, own: bestOwn.error / bestOwn.lambda },
  };
  return {
    smoother,
    common: Float64Array.from({ length: n }, (_, i) => commonFit.leftOut[i * (models + 1)]),
    own: Float64Array.from(
      { length: n * models },
      (_, i) => ownFit.leftOut[Math.floor(i / models) * (models + 1) + 1 + (i % models)],
    ),
    unknown: commonFit.leverages.map((leverage, i) => {
      const row = expanded.subarray(i * width, (i + 1) * width);
      return Math.min(1, (best.lambda * leverage) / (1 - leverage) / squaredLength(row));
    }),
  };
}

/** A prediction at one question; `remaining` is the prior variance that is left, `unknown` its share of all. */
export interface Smoothed {
  readonly common: number;
  readonly own: Float64Array;
  readonly remaining: number;
  readonly unknown: number;
}

export function smooth(smoother: Smoother, x: Float32Array): Smoothed {
  const { features, common, own, models, factor, lambda } = smoother;
  const width = expandedWidth(features);
  const z = new Float32Array(width);
  expand(features, x, z);
  const out = new Float64Array(models);
  let sum = 0;
  for (let i = 0; i < width; i++) {
    sum += z[i] * common[i];
    for (let m = 0, o = i * models; m < models; m++) out[m] += z[i] * own[o + m];
  }
  const remaining = lambda * lengthThroughFactor(factor, width, Float64Array.from(z));
  return { common: sum, own: out, remaining, unknown: Math.min(1, remaining / squaredLength(z)) };
}

/** Squared length of expanded features, the constant left out. */
function squaredLength(z: Float32Array): number {
  let sum = 0;
  for (let i = 0; i + 1 < z.length; i++) sum += z[i] * z[i];
  return sum;
}
