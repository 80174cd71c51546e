import { type Fit, informationCriteria } from "../irt/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { Candidate, ItemBank } from "./bank.ts";
import type { Estimate } from "./estimate.ts";
import type { CalibrationCheck } from "./recalibrate.ts";

/** Standard errors of slopes and intercepts, which flags look at. */
export function slopeErrors({ parameters, covariance }: Estimate) {
  const { dims, discrimination, intercept } = parameters;
  const items = discrimination.length / dims;
  const steps = intercept.length / items;
  const size = Math.sqrt(covariance.length / items);
  const root = (i: number, p: number) => Math.sqrt(covariance[(i * size + p) * size + p]);
  return {
    discrimination: discrimination.map((_, at) => root(Math.floor(at / dims), at % dims)),
    intercept: intercept.map((_, at) => root(Math.floor(at / steps), dims + (at % steps))),
  };
}

export function itemStatistics(
  matrix: ResponseMatrix,
  { items, sumScores }: Fit,
): Record<string, Float64Array> {
  const { responses, infit, infitZ, outfit, outfitZ } = items;
  return {
    responses,
    meanScore: means(matrix, matrix.items.length, (at) => at % matrix.items.length),
    infit,
    infitZ,
    outfit,
    outfitZ,
    ...(sumScores && {
      sX2: sumScores.statistic,
      sX2Df: sumScores.df,
      sX2P: sumScores.p,
    }),
  };
}

export function subjectStatistics(
  matrix: ResponseMatrix,
  { subjects, personFit }: Fit,
): Record<string, Float64Array> {
  return {
    responses: subjects.responses,
    meanScore: means(matrix, matrix.subjects.length, (at) => Math.floor(at / matrix.items.length)),
    infit: subjects.infit,
    outfit: subjects.outfit,
    lzStar: personFit.lzStar,
    lzStarP: personFit.adjustedP,
  };
}

function means({ scores, observed }: ResponseMatrix, length: number, group: (at: number) => number) {
  const [sum, count] = [new Float64Array(length), new Float64Array(length)];
  for (let at = 0; at < scores.length; at++)
    if (observed[at]) {
      sum[group(at)] += scores[at];
      count[group(at)]++;
    }
  return sum.map((total, k) => total / count[k]);
}

export function flagsOf(items: number, { flags }: Fit): string[][] {
  const lists: string[][] = Array.from({ length: items }, () => []);
  for (const { item, kind } of flags) if (!lists[item].includes(kind)) lists[item].push(kind);
  return lists;
}

export function wholeFit(
  { logLikelihood, parameterCount }: Estimate,
  { limitedInformation: m2, reliability, localDependence }: Fit,
  candidates: readonly Candidate[],
  check: CalibrationCheck | undefined,
  subjects: number,
): ItemBank["fit"] {
  const held = candidates.find(({ chosen }) => chosen);
  const values: Record<string, number | Float64Array> = {
    logLikelihood,
    ...(held && { heldOut: held.heldOut, heldOutSE: held.standardError }),
    ...(check && { heldOutECE: check.ece }),
    ...(parameterCount !== undefined && {
      parameters: parameterCount,
      ...informationCriteria(logLikelihood, parameterCount, subjects),
    }),
    ...(m2 && { m2: m2.m2, m2Df: m2.df, m2P: m2.p, rmsea: m2.rmsea, cfi: m2.cfi, tli: m2.tli }),
    reliability: reliability.empirical,
    ...(localDependence && { q3Mean: localDependence.mean, q3Largest: localDependence.largest }),
  };
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "number" ? finite(value) : Array.from(value, finite),
    ]),
  );
}

export function warningsOf(matrix: ResponseMatrix, { warnings, parameters, latent }: Estimate): string[] {
  const { subjects, items, observed } = matrix;
  const responses = observed.reduce((sum, x) => sum + x, 0);
  const free = parameters.discrimination.length + parameters.intercept.length;
  const said = (start: RegExp) => warnings.some((text) => start.test(text));
  return [
    ...warnings,
    ...(responses <= free && !said(/\d+ parameters/)
      ? [
          `${responses === 1 ? "1 response" : `${responses} responses`} for ${free} item parameters: single items and abilities cannot be trusted, only what many of them say together`,
        ]
      : []),
    ...(said(/same score from everyone/) ? [] : constantWarning(matrix)),
    ...(isGuttmanScale(matrix)
      ? [
          "nobody is right on a harder item and wrong on an easier one (a perfect Guttman scale): the data are separable, and the slopes are as large as their prior lets them be",
        ]
      : []),
    ...(parameters.family === "rasch" && latent.covariance[0] < 1e-6
      ? ["the abilities' variance is estimated as 0: the responses do not tell one subject from another"]
      : []),
    ...silentWarning(subjects, items.length, observed),
    ...(subjects.length === 1 && !said(/^one subject/)
      ? ["one subject: item parameters are little more than their priors"]
      : []),
    ...(parameters.dims >= subjects.length && subjects.length > 1
      ? [
          `${parameters.dims} dimensions for ${subjects.length} subjects: the model repeats the responses and foretells others badly; use fewer, or --dims auto`,
        ]
      : []),
    ...(items.length === 1 && !said(/^one item/) ? ["one item: its slope cannot be told from the data"] : []),
  ];
}

/** Counts the items with the same score from everyone, whose parameters are little more than their priors. */
function constantWarning({ subjects, items, scores, observed }: ResponseMatrix): string[] {
  const constant = items.filter((_, i) => {
    const of = subjects
      .map((_, s) => s * items.length + i)
      .filter((at) => observed[at])
      .map((at) => scores[at]);
    return of.length > 0 && of.every((score) => score === of[0]);
  }).length;
  return constant > 0
    ? [`${constant} items have the same score from everyone: kept, with parameters from the prior`]
    : [];
}

/** Whether every subject is right on the easiest items that it answered and wrong on all others (Guttman 1950). */
function isGuttmanScale({ subjects, items, scores, observed }: ResponseMatrix): boolean {
  const ease = means({ subjects, items, scores, observed }, items.length, (at) => at % items.length);
  const order = [...ease.keys()].sort((i, j) => ease[j] - ease[i]);
  if (new Set(ease).size < 3 || subjects.length < 3) return false;
  return subjects.every((_, s) => {
    const row = order.filter((i) => observed[s * items.length + i]).map((i) => scores[s * items.length + i]);
    return row.every((score, k) => (score === 0 || score === 1) && (k === 0 || score <= row[k - 1]));
  });
}

/** Names the subjects without a response, whose ability is the prior's. */
function silentWarning(subjects: readonly string[], items: number, observed: Uint8Array): string[] {
  const silent = subjects.filter((_, s) => !observed.subarray(s * items, (s + 1) * items).includes(1));
  if (silent.length === 0) return [];
  const named = silent.slice(0, 5).join(", ");
  const rest = silent.length > 5 ? ` and ${silent.length - 5} more` : "";
  return [`no response of ${named}${rest}: the ability is that of the population, with its whole spread`];
}
