import { InputError } from "../input-error.ts";
import { assessFit, type Fit, informationCriteria, type ModelFamily } from "../irt/index.ts";
import { hardScores, type ResponseMatrix } from "../responses/index.ts";
import type { BankInput, Candidate, ItemBank } from "./bank.ts";
import { type Estimate, estimate, type KnownItems, type ModelChoice, methodFor } from "./estimate.ts";
import { joinResponses } from "./merge.ts";
import { foretell } from "./predict.ts";
import { type CalibrationCheck, checkCalibration } from "./recalibrate.ts";
import { canCompare, chooseSimplest, type HeldOut, heldOutFolds, isBetter } from "./select.ts";

export interface CalibrationOptions {
  /** "2pl" unless told; "auto" compares 1PL, 2PL and, with 200 subjects or more, 3PL. */
  readonly model?: ModelFamily | "auto";
  /** "auto" unless told: by held-out likelihood. */
  readonly dims?: number | "auto";
  /** "auto" unless told: see `methodFor`. */
  readonly engine?: "auto" | ModelChoice["method"];
  /** "hard" unless told: a score > 0 is right. Ordered models always take the score. */
  readonly scoring?: ItemBank["scoring"];
  /** Of starting values and of what is held out; 1 unless told. */
  readonly seed?: number;
  /** Threads to compute with, 1 unless told; the result does not depend on them. */
  readonly threads?: number;
  /** A bank to grow: its items stay as they are, new items and subjects are put on its scale. */
  readonly onto?: { readonly bank: ItemBank; readonly hash: string };
  /** Whether the bank keeps the responses, so that fit can be looked at later; true unless told. */
  readonly keepResponses?: boolean;
  /** For the provenance. */
  readonly tripos: string;
  readonly inputs?: readonly BankInput[];
  /** Held-out results of an interrupted run by name, as `onHeldOut` gave them. */
  readonly finished?: ReadonlyMap<string, Float64Array>;
  /** Told after each comparison, to be kept for resuming. */
  readonly onHeldOut?: (name: string, logLikelihoods: Float64Array) => void;
  /** Told what is going on: a step's title, and how much of it is done where that is known. */
  readonly onProgress?: (step: string, done?: number, total?: number) => void;
}

/**
 * Calibrates an item bank from responses: chooses engine and, where asked, model and dimensions by held-out likelihood,
 * estimates parameters, abilities and their uncertainty, and assesses the fit.
 * @throws InputError for scores outside the model's range, or a model that contradicts the bank to grow
 */
export async function calibrateBank(
  responses: ResponseMatrix,
  options: CalibrationOptions,
): Promise<ItemBank> {
  const { onto, seed = 1, onProgress = () => {} } = options;
  const scoring = scoringOf(options);
  const scored = scoring === "hard" ? rightOrWrong(responses) : responses;
  const matrix = onto ? grown(onto.bank, scored) : scored;
  const known = onto && { parameters: onto.bank.parameters };
  const { choice, candidates, check, warnings } = await chooseModel(matrix, options, known);
  onProgress(`calibrating ${describe(choice)}`);
  const found = await estimate(matrix, choice, {
    seed,
    threads: options.threads ?? 1,
    ...(known && { known }),
    onIteration: (iteration) => onProgress(`calibrating ${describe(choice)}, iteration ${iteration}`),
  });
  onProgress("assessing the fit");
  const fit = assessFit(matrix, {
    items: found.parameters,
    abilities: found.abilities,
    latent: found.latent,
    standardErrors: slopeErrors(found),
  });
  const provenance: ItemBank["provenance"] = [
    ...(onto?.bank.provenance ?? []),
    {
      action: onto ? "onto" : "calibrate",
      tripos: options.tripos,
      inputs: options.inputs ?? [],
      items: matrix.items.length - (onto?.bank.items.length ?? 0),
      subjects: matrix.subjects.length - (onto?.bank.subjects.length ?? 0),
      ...(onto && { bank: onto.hash }),
    },
  ];
  const { subjects, items, texts, scenarios, subscenarios } = matrix;
  const { logLikelihood: _, parameterCount: __, iterations: ___, converged: ____, ...estimated } = found;
  return {
    ...estimated,
    covariance: onto ? knownCovariance(found.covariance, onto.bank) : found.covariance,
    subjects,
    items,
    ...(texts && { texts }),
    ...(scenarios && { scenarios }),
    ...(subscenarios && { subscenarios }),
    itemFit: itemStatistics(matrix, fit),
    subjectFit: subjectStatistics(matrix, fit),
    flags: flagsOf(items.length, fit),
    origins: Uint32Array.from(items, (_, i) =>
      onto && i < onto.bank.items.length ? onto.bank.origins[i] : provenance.length - 1,
    ),
    method: choice.method,
    scoring,
    seed,
    candidates,
    ...(check?.recalibration && { recalibration: check.recalibration }),
    fit: wholeFit(found, fit, candidates, check, subjects.length),
    warnings: [...warnings, ...warningsOf(matrix, found)],
    provenance,
    ...(options.keepResponses !== false && { responses: matrix }),
  };
}

const describe = ({ family, dims }: ModelChoice): string =>
  `${family.toUpperCase()} in ${dims === 1 ? "one dimension" : `${dims} dimensions`}`;

const isOrdered = (family: string | undefined): boolean => family === "graded" || family === "gpcm";

function scoringOf({ scoring, model, onto }: CalibrationOptions): ItemBank["scoring"] {
  const wanted = scoring ?? (onto ? onto.bank.scoring : isOrdered(model) ? "score" : "hard");
  if (wanted === "hard" && isOrdered(onto?.bank.parameters.family ?? model))
    throw new InputError("an ordered model takes the score itself, not right or wrong", {
      field: "scoring",
      found: wanted,
      expected: "score",
    });
  if (onto && wanted !== onto.bank.scoring)
    throw new InputError("the bank to grow was calibrated with another scoring", {
      field: "scoring",
      found: wanted,
      expected: onto.bank.scoring,
    });
  return wanted;
}

/** Scores as right or wrong; what is not a share of a full score has no such reading. */
function rightOrWrong(matrix: ResponseMatrix): ResponseMatrix {
  const cell = matrix.scores.findIndex(
    (score, at) => matrix.observed[at] === 1 && !(score >= 0 && score <= 1),
  );
  if (cell >= 0) {
    const width = matrix.items.length;
    throw new InputError("a score lies outside the range of right and wrong", {
      at: `subject ${matrix.subjects[Math.floor(cell / width)]}, item ${matrix.items[cell % width]}`,
      found: String(matrix.scores[cell]),
      expected: "0 to 1",
      hint: "Divide by the highest possible score, or choose --model graded for whole points.",
    });
  }
  return hardScores(matrix);
}

/** Responses behind a bank with new ones beside them: the bank's items and subjects first, in their order. */
function grown(bank: ItemBank, added: ResponseMatrix): ResponseMatrix {
  const items = [...new Set([...bank.items, ...added.items])];
  const subjects = [...new Set([...bank.subjects, ...added.subjects])];
  if (!bank.responses) {
    const common = added.items.filter((item) => bank.items.includes(item)).length;
    if (common === 0)
      throw new InputError("nothing ties the new responses to the bank", {
        found: "no common item, and a bank without its responses",
        hint: "Add answers to some of the bank's items, or calibrate the bank again and let it keep the responses.",
      });
  }
  const itemAt = new Map(added.items.map((name, i) => [name, i]));
  const labels = (name: "texts" | "scenarios" | "subscenarios") =>
    bank[name] || added[name]
      ? { [name]: items.map((item, i) => bank[name]?.[i] || added[name]?.[itemAt.get(item) ?? -1] || "") }
      : {};
  const empty: ResponseMatrix = {
    subjects: [],
    items: [],
    scores: new Float64Array(),
    observed: new Uint8Array(),
  };
  // A new answer to a cell that the bank has already does not count twice: the bank's stays.
  return {
    ...joinResponses(bank.responses ?? empty, added, { items, subjects }),
    ...labels("texts"),
    ...labels("scenarios"),
    ...labels("subscenarios"),
  };
}

/** Fixed items keep the covariance that they came with: their uncertainty has not gone. */
function knownCovariance(covariance: Float64Array, bank: ItemBank): Float64Array {
  const out = covariance.slice();
  out.set(bank.covariance);
  return out;
}

async function chooseModel(
  matrix: ResponseMatrix,
  options: CalibrationOptions,
  known: KnownItems | undefined,
): Promise<{ choice: ModelChoice; candidates: Candidate[]; check?: CalibrationCheck; warnings: string[] }> {
  const { model = "2pl", dims = "auto", engine = "auto", seed = 1, threads = 1 } = options;
  const choose = (family: ModelFamily, d: number): ModelChoice => ({
    family,
    dims: d,
    method: engine === "auto" ? methodFor(family, d, matrix) : engine,
  });
  if (known) {
    const { family, dims: d } = known.parameters;
    if ((options.model && model !== "auto" && model !== family) || (dims !== "auto" && dims !== d))
      throw new InputError("the bank to grow has another model", {
        found: `${model}, ${dims} dimensions`,
        expected: `${family}, ${d} dimensions`,
      });
    return { choice: { family, dims: d, method: "mml" }, candidates: [], warnings: [] };
  }
  if (model !== "auto" && dims !== "auto")
    return { choice: choose(model, dims), candidates: [], warnings: [] };
  const families: ModelFamily[] =
    model !== "auto" ? [model] : matrix.subjects.length >= 200 ? ["1pl", "2pl", "3pl"] : ["1pl", "2pl"];
  const folds = heldOutFolds(matrix, seed);
  if (!canCompare(folds)) {
    const choice = choose(families[0], dims === "auto" ? 1 : dims);
    const warning = `too few responses to compare models on held-out ones: the simplest was taken, ${describe(choice)}`;
    return { choice, candidates: [], warnings: [warning] };
  }
  const heldOut = async (choice: ModelChoice): Promise<HeldOut> => {
    const values: number[] = [];
    for (const [fold, { train, test }] of folds.entries()) {
      const name = `${choice.family} ${choice.dims} ${choice.method} fold ${fold}`;
      let part = options.finished?.get(name);
      if (!part) {
        options.onProgress?.(`comparing models: ${describe(choice)}`, fold, folds.length);
        part = foretell(await estimate(train, choice, { seed, threads, quick: true }), test);
        options.onHeldOut?.(name, part);
      }
      values.push(...part);
    }
    return { choice, logLikelihoods: Float64Array.from(values) };
  };
  const tried: HeldOut[] = [];
  for (const family of families) {
    const most = dims === "auto" ? mostDims(family, engine, matrix) : dims;
    const found = [await heldOut(choose(family, dims === "auto" ? 1 : dims))];
    // One dimension more at a time, until two in a row have not helped by more than chance may. Each costs quadrature
    // many times what the one before did: there the first is enough.
    let best = found[0];
    const patience = choose(family, 2).method === "mml" ? 1 : 2;
    for (let idle = 0; found.length < most && dims === "auto" && idle < patience; ) {
      const next = await heldOut(choose(family, found.length + 1));
      found.push(next);
      const helped = isBetter(next, best);
      if (helped) best = next;
      idle = helped ? 0 : idle + 1;
    }
    tried.push(...found);
  }
  const { chosen, table } = chooseSimplest(tried);
  const check = checkCalibration(
    tried[chosen].logLikelihoods,
    folds.map((fold) => fold.test),
  );
  return { choice: tried[chosen].choice, candidates: table, warnings: [], ...(check && { check }) };
}

function mostDims(family: ModelFamily, engine: string, { subjects, items }: ResponseMatrix): number {
  if (family === "rasch" || family === "1pl") return 1;
  // Beyond three, quadrature gives way to sampling and a comparison would take long. Fewer than three items a dimension
  // do not determine it (Anderson & Rubin 1956).
  const most = engine === "mml" || family !== "2pl" ? 3 : 10;
  return Math.max(1, Math.min(most, subjects.length - 1, Math.floor(items.length / 3)));
}

/** Standard errors of slopes and intercepts, which flags look at. */
function slopeErrors({ parameters, covariance }: Estimate) {
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

function itemStatistics(matrix: ResponseMatrix, { items, sumScores }: Fit): Record<string, Float64Array> {
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

function subjectStatistics(
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

function flagsOf(items: number, { flags }: Fit): string[][] {
  const lists: string[][] = Array.from({ length: items }, () => []);
  for (const { item, kind } of flags) if (!lists[item].includes(kind)) lists[item].push(kind);
  return lists;
}

function wholeFit(
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

function warningsOf(
  { subjects, items, observed }: ResponseMatrix,
  { warnings, parameters }: Estimate,
): string[] {
  const responses = observed.reduce((sum, x) => sum + x, 0);
  const free = parameters.discrimination.length + parameters.intercept.length;
  const said = (start: RegExp) => warnings.some((text) => start.test(text));
  return [
    ...warnings,
    ...(responses <= free && !said(/\d+ parameters/)
      ? [
          `${responses} responses for ${free} item parameters: single items and abilities cannot be trusted, only what many of them say together`,
        ]
      : []),
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
