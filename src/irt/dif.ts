import { InputError } from "../input-error.ts";
import { chiSquaredTail } from "../numerics/index.ts";
import { type ResponseMatrix, selectSubjects } from "../responses/index.ts";
import { latentByOwnPoints } from "./dif-latent.ts";
import { groupPosterior, refitItem, restPosterior } from "./dif-likelihood-ratio.ts";
import { logisticRegression } from "./dif-logistic.ts";
import { benjaminiHochberg } from "./fit-multiple-tests.ts";
import type { LatentNormal } from "./latent.ts";
import { calibrateMml, scoreEap } from "./mml/index.ts";
import { modelOf, packItems } from "./models.ts";
import { nodesFor } from "./nodes.ts";
import type { ItemParameters } from "./parameters.ts";

/** Does an item work alike in two groups of subjects of equal ability? */
export interface ItemDif {
  readonly item: number;
  /** How much harder the item is for the focal group at the average ability, in logits. */
  readonly effect: number;
  readonly standardError: number;
  /** Likelihood-ratio χ² of any difference (place or slope), its degrees of freedom and p-value. */
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
  /** p adjusted over items (Benjamini & Hochberg 1995). */
  readonly adjustedP: number;
  /** Logistic regression: p-values of a shift alone, and of a difference in slope beyond it. */
  readonly uniformP?: number;
  readonly nonUniformP?: number;
  /** Logistic regression: gain in Nagelkerke's R²; up to .035 is negligible (Jodoin & Gierl 2001). */
  readonly r2Change?: number;
}

export interface DifResults {
  readonly method: DifMethod;
  readonly items: readonly ItemDif[];
  /** Items that carried the comparison of abilities: those without DIF, after purification. */
  readonly anchors: readonly number[];
  /** Distribution of ability in each group, on the bank's scale. */
  readonly reference: LatentNormal;
  readonly focal: LatentNormal;
}

export type DifMethod = "logistic" | "likelihood-ratio";

export interface DifOptions {
  /** Default "logistic"; ordered scores need "likelihood-ratio". */
  readonly method?: DifMethod;
  /** False discovery rate at which an item counts as different, .05. */
  readonly rate?: number;
  /** Rounds of purification, 3: flagged items leave the anchors and all items are tested again. */
  readonly rounds?: number;
}

/**
 * Differential item functioning between two groups of subjects, say base and instruction-tuned models. Each group's
 * ability distribution is estimated on the anchor items, so that a real difference in ability is not taken for DIF.
 * "logistic" regresses the score on ability, group and their product (Swaminathan & Rogers 1990); "likelihood-ratio"
 * refits each item's slopes and intercepts for both groups together and apart, all else fixed (Thissen, Steinberg & Wainer 1993).
 * @param focal S: true for subjects of the focal group.
 * @throws InputError when a group is empty or the method does not fit the scores.
 */
export function differentialItemFunctioning(
  matrix: ResponseMatrix,
  items: ItemParameters,
  focal: ArrayLike<boolean>,
  { method = "logistic", rate = 0.05, rounds = 3 }: DifOptions = {},
): DifResults {
  const ordered = items.family === "graded" || items.family === "gpcm";
  if (method === "logistic" && ordered)
    throw new InputError("logistic regression tests right/wrong scores", { hint: "Use likelihood-ratio." });
  const members = [false, true].map((side) =>
    Array.from(matrix.subjects.keys()).filter((s) => Boolean(focal[s]) === side),
  );
  if (focal.length !== matrix.subjects.length || members.some((m) => m.length < 2))
    throw new InputError("each group needs at least two subjects", {
      found: `${members[0].length} and ${members[1].length}`,
    });
  const groups = members.map((m) => selectSubjects(matrix, m));
  const everything = matrix.items.map((_, i) => i);
  let anchors = everything;
  for (let round = 0; ; round++) {
    const known = groups.map((group) => groupLatent(group, items, anchors, method));
    const latent = known.map((group) => group.latent);
    const results =
      method === "logistic"
        ? byLogistic(groups, items, known, anchors)
        : byLikelihoodRatio(groups, items, latent, anchors);
    const kept = everything.filter((i) => !(results[i].adjustedP < rate));
    const stable = kept.length === anchors.length && kept.every((i, k) => i === anchors[k]);
    if (stable || round + 1 >= rounds || kept.length < Math.max(2, everything.length / 4))
      return { method, items: results, anchors, reference: latent[0], focal: latent[1] };
    anchors = kept;
  }
}

/** The same responses, only the anchors' counted. */
function onlyAnchors(group: ResponseMatrix, anchors: readonly number[]): ResponseMatrix {
  const width = group.items.length;
  const used = new Uint8Array(width);
  for (const i of anchors) used[i] = 1;
  return { ...group, observed: group.observed.map((o, cell) => o & used[cell % width]) };
}

/** Distribution of ability in a group, with the subjects' abilities where they come along with it. */
interface GroupAbility {
  readonly latent: LatentNormal;
  readonly ability?: Float64Array;
}

function groupLatent(
  group: ResponseMatrix,
  items: ItemParameters,
  anchors: readonly number[],
  method: DifMethod,
): GroupAbility {
  if (items.dims > 2 && method === "logistic") return latentByOwnPoints(onlyAnchors(group, anchors), items);
  const fixed = { items: group.items.map((_, i) => i), parameters: items };
  const { latent } = calibrateMml(onlyAnchors(group, anchors), {
    family: items.family,
    dims: items.dims,
    fixed,
    standardErrors: "none",
    tolerance: 1e-4,
  });
  return { latent };
}

function byLogistic(
  groups: readonly ResponseMatrix[],
  items: ItemParameters,
  known: readonly GroupAbility[],
  anchors: readonly number[],
): ItemDif[] {
  const { dims } = items;
  const abilities = groups.map(
    (group, g) => known[g].ability ?? scoreEap(onlyAnchors(group, anchors), items, known[g].latent).ability,
  );
  const results = groups[0].items.map((_, i) => {
    const rows: number[] = [];
    const scores: number[] = [];
    const trials: number[] = [];
    const mean = new Float64Array(dims);
    groups.forEach((group, g) => {
      for (let s = 0; s < group.subjects.length; s++) {
        const cell = s * group.items.length + i;
        if (!group.observed[cell]) continue;
        const theta = Array.from(abilities[g].subarray(s * dims, (s + 1) * dims));
        theta.forEach((v, j) => {
          mean[j] += v;
        });
        rows.push(1, ...theta, g, ...theta.map((v) => v * g));
        scores.push(group.scores[cell]);
        trials.push(group.trials?.[cell] ?? 1);
      }
    });
    const n = scores.length;
    const k = 2 + 2 * dims;
    const fit = (columns: number) =>
      logisticRegression(
        Float64Array.from(
          { length: n * columns },
          (_, e) => rows[Math.floor(e / columns) * k + (e % columns)],
        ),
        columns,
        Float64Array.from(scores),
        Float64Array.from(trials),
      );
    const [ability, shift, slope] = [fit(1 + dims), fit(2 + dims), fit(k)];
    const statistic = Math.max(0, 2 * (slope.logLikelihood - ability.logLikelihood));
    const uniform = Math.max(0, 2 * (shift.logLikelihood - ability.logLikelihood));
    const total = trials.reduce((sum, t) => sum + t, 0);
    const nothing = fit(1).logLikelihood;
    const r2 = (log: number) =>
      (1 - Math.exp((2 / total) * (nothing - log))) / (1 - Math.exp((2 / total) * nothing));
    const at = 1 + dims;
    return {
      item: i,
      effect: -shift.coefficients[at],
      standardError: Math.sqrt(shift.covariance[at * (at + 1) + at]),
      statistic,
      df: 1 + dims,
      p: n > k ? chiSquaredTail(statistic, 1 + dims) : Number.NaN,
      adjustedP: Number.NaN,
      uniformP: chiSquaredTail(uniform, 1),
      nonUniformP: chiSquaredTail(Math.max(0, statistic - uniform), dims),
      r2Change: n > 0 ? r2(slope.logLikelihood) - r2(ability.logLikelihood) : Number.NaN,
    };
  });
  return adjusted(results);
}

function byLikelihoodRatio(
  groups: readonly ResponseMatrix[],
  items: ItemParameters,
  latent: readonly LatentNormal[],
  anchors: readonly number[],
): ItemDif[] {
  const model = modelOf(items);
  const { dims, size, categories } = model;
  const moving = dims + categories - 1;
  const x = packItems(model, items);
  const range = Math.max(
    6,
    ...latent.map(
      ({ mean, covariance }) => Math.max(...mean.map(Math.abs)) + 6 * Math.sqrt(Math.max(...covariance)),
    ),
  );
  const nodes = nodesFor(dims, range, dims === 1 ? 0.2 : 0.4);
  const anchored = new Set(anchors);
  const posteriors = groups.map((group, g) => groupPosterior(group, model, x, nodes, latent[g], anchored));
  const sizes = groups.map(({ subjects }) => subjects.length);
  const average = latent[0].mean.map(
    (m, j) => (m * sizes[0] + latent[1].mean[j] * sizes[1]) / (sizes[0] + sizes[1]),
  );
  const results = groups[0].items.map((_, i) => {
    const start = x.slice(i * size, (i + 1) * size);
    const rest = posteriors.map((posterior) => restPosterior(posterior, model, i, anchored.has(i)));
    const together = refitItem(rest, model, nodes, i, start);
    start.set(together.x);
    const apart = rest.map((group) => refitItem([group], model, nodes, i, start));
    const gain = apart[0].logLikelihood + apart[1].logLikelihood - together.logLikelihood;
    const statistic = Math.max(0, 2 * gain);
    // The logit (of an ordered item, the mean of its logits) at the average ability, and how it answers to ξ.
    const direction = new Float64Array(moving);
    direction.set(average);
    for (let k = 1; k < categories; k++) direction[dims + k - 1] = 1 / (categories - 1);
    let effect = 0;
    let variance = 0;
    for (let j = 0; j < moving; j++) {
      effect += direction[j] * (apart[0].x[j] - apart[1].x[j]);
      for (const { covariance } of apart)
        for (let l = 0; l < moving; l++)
          variance += direction[j] * direction[l] * (covariance ? covariance[j * moving + l] : Infinity);
    }
    return {
      item: i,
      effect,
      standardError: Number.isNaN(variance) ? Infinity : Math.sqrt(variance),
      statistic,
      df: moving,
      p: chiSquaredTail(statistic, moving),
      adjustedP: Number.NaN,
    };
  });
  return adjusted(results);
}

function adjusted(results: readonly ItemDif[]): ItemDif[] {
  const p = benjaminiHochberg(results.map((result) => result.p));
  return results.map((result, i) => ({ ...result, adjustedP: p[i] }));
}
