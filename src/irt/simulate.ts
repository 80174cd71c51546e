import { InputError } from "../input-error.ts";
import { cholesky, seededNormal, seededRandom } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { LatentNormal } from "./latent.ts";
import { standardNormal } from "./latent.ts";
import { curvePoint, modelOf, packItems } from "./models.ts";
import type { ItemParameters, ModelFamily } from "./parameters.ts";

export interface SimulationOptions {
  readonly subjects: number;
  readonly seed: number;
  /** Distribution that abilities are drawn from: N(0, I) unless told. */
  readonly latent?: LatentNormal;
  /** S × D abilities to use instead of drawing them. */
  readonly ability?: Float64Array;
  /** Share of responses missing completely at random. */
  readonly missing?: number;
  /** Answers to each item by each subject; the score of a right/wrong model is then their mean. */
  readonly trials?: number;
}

export interface Simulation {
  readonly matrix: ResponseMatrix;
  /** S × D true abilities. */
  readonly ability: Float64Array;
}

/**
 * Draws responses from any item response model, the same ones for the same seed.
 * @example
 * const items = simulateItems("2pl", { items: 50, seed: 1 });
 * const { matrix, ability } = simulate(items, { subjects: 500, seed: 2 });
 */
export function simulate(items: ItemParameters, options: SimulationOptions): Simulation {
  const model = modelOf(items);
  const x = packItems(model, items);
  const { dims, size, categories } = model;
  const count = x.length / size;
  const { subjects, missing = 0, trials = 1 } = options;
  const random = seededRandom(options.seed);
  const ability =
    options.ability ?? drawAbilities(subjects, dims, options.latent ?? standardNormal(dims), random);
  if (ability.length !== subjects * dims)
    throw new InputError("abilities have the wrong length", {
      found: String(ability.length),
      expected: `${subjects} subjects × ${dims} dimensions`,
    });
  if (trials > 1 && categories > 2) throw new InputError("only right/wrong models have several trials");
  const out = curvePoint(model);
  const scores = new Float64Array(subjects * count);
  const observed = new Uint8Array(subjects * count);
  for (let s = 0; s < subjects; s++)
    for (let i = 0; i < count; i++) {
      const cell = s * count + i;
      if (missing > 0 && random() < missing) continue;
      observed[cell] = 1;
      model.evaluate(x, i * size, ability, s * dims, out);
      for (let t = 0; t < trials; t++) {
        let u = random();
        let category = 0;
        while (category < categories - 1 && u >= out.p[category]) u -= out.p[category++];
        scores[cell] += category;
      }
      scores[cell] /= trials;
    }
  return {
    ability,
    matrix: {
      subjects: Array.from({ length: subjects }, (_, s) => `subject ${s + 1}`),
      items: Array.from({ length: count }, (_, i) => `item ${i + 1}`),
      scores,
      observed,
      ...(trials > 1 && { trials: new Float64Array(subjects * count).fill(trials) }),
    },
  };
}

function drawAbilities(
  subjects: number,
  dims: number,
  latent: LatentNormal,
  random: () => number,
): Float64Array {
  const normal = seededNormal(random);
  const l = latent.covariance.slice();
  if (!cholesky(l, dims)) throw new InputError("the covariance of ability is not positive definite");
  const ability = new Float64Array(subjects * dims);
  const z = new Float64Array(dims);
  for (let s = 0; s < subjects; s++) {
    for (let j = 0; j < dims; j++) z[j] = normal();
    for (let j = 0; j < dims; j++) {
      ability[s * dims + j] = latent.mean[j];
      for (let k = 0; k <= j; k++) ability[s * dims + j] += l[j * dims + k] * z[k];
    }
  }
  return ability;
}

export interface ItemSimulationOptions {
  readonly items: number;
  readonly seed: number;
  readonly dims?: number;
  /** Ordered families: categories K, 4 unless told. */
  readonly categories?: number;
}

/**
 * Item parameters of a plausible test: log-normal slopes about 1 (σ = .3), difficulties N(0, 1), asymptotes from
 * Beta(5, 17) and Beta(20, 2) (within [.02, .4] and [.8, .99]), ordered thresholds about 1.2 apart. With several
 * dimensions an item loads mainly on one of them, in turn, and a little (N(0, .3)) on the others.
 */
export function simulateItems(family: ModelFamily, options: ItemSimulationOptions): ItemParameters {
  const { items, dims = 1, categories = 4 } = options;
  const random = seededRandom(options.seed);
  const normal = seededNormal(random);
  const ordered = family === "graded" || family === "gpcm";
  const steps = ordered ? categories - 1 : 1;
  const discrimination = new Float64Array(items * dims);
  const intercept = new Float64Array(items * steps);
  const guessing = new Float64Array(items);
  const upper = new Float64Array(items);
  const commonSlope = family === "rasch" ? 1 : Math.exp(0.3 * normal());
  for (let i = 0; i < items; i++) {
    const main = family === "rasch" || family === "1pl" ? commonSlope : Math.exp(0.3 * normal());
    for (let j = 0; j < dims; j++) discrimination[i * dims + j] = j === i % dims ? main : 0.3 * normal();
    const difficulty = normal();
    let cumulative = 0;
    for (let k = 0; k < steps; k++) {
      const threshold = difficulty + (k - (steps - 1) / 2) * (1.2 + 0.2 * normal());
      cumulative -= main * threshold;
      intercept[i * steps + k] = family === "gpcm" ? cumulative : -main * threshold;
    }
    if (family === "graded")
      intercept
        .subarray(i * steps, (i + 1) * steps)
        .sort()
        .reverse();
    guessing[i] = Math.min(0.4, Math.max(0.02, drawBeta(5, 17, random)));
    upper[i] = Math.min(0.99, Math.max(0.8, drawBeta(20, 2, random)));
  }
  return {
    family,
    dims,
    discrimination,
    intercept,
    ...((family === "3pl" || family === "4pl") && { guessing }),
    ...(family === "4pl" && { upper }),
    ...(ordered && { categories }),
  };
}

/** Beta of whole-numbered parameters: the a-th smallest of a + b − 1 uniform numbers. */
function drawBeta(a: number, b: number, random: () => number): number {
  return Float64Array.from({ length: a + b - 1 }, random).sort()[a - 1];
}
