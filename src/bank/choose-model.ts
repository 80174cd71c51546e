import { InputError } from "../input-error.ts";
import type { ModelFamily } from "../irt/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { Candidate } from "./bank.ts";
import type { CalibrationOptions } from "./calibrate.ts";
import { comparesJointly, estimate, type KnownItems, type ModelChoice, methodFor } from "./estimate.ts";
import { foretell } from "./predict.ts";
import { type CalibrationCheck, checkCalibration } from "./recalibrate.ts";
import { inPoints, wantedModel } from "./scoring.ts";
import { canCompare, chooseSimplest, type HeldOut, heldOutFolds, isBetter } from "./select.ts";

/** A model in words. */
export const describe = ({ family, dims }: ModelChoice): string =>
  `${family.toUpperCase()} in ${dims === 1 ? "one dimension" : `${dims} dimensions`}`;

/** The model to estimate: as told, as the bank to grow has it, or the simplest that foretells held-out responses as well. */
export async function chooseModel(
  matrix: ResponseMatrix,
  options: CalibrationOptions,
  known: KnownItems | undefined,
): Promise<{ choice: ModelChoice; candidates: Candidate[]; check?: CalibrationCheck; warnings: string[] }> {
  const model = wantedModel(options, matrix);
  const { dims = "auto", engine = "auto", seed = 1, threads = 1, resuming } = options;
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
    const { method } = known;
    const choice = engine === "auto" && method !== "given" ? { family, dims: d, method } : choose(family, d);
    return { choice, candidates: [], warnings: [] };
  }
  if (model !== "auto" && dims !== "auto" && !options.heldOut)
    return { choice: choose(model, dims), candidates: [], warnings: [] };
  const families = model === "auto" ? candidates(matrix) : [model];
  const folds = heldOutFolds(matrix, seed);
  if (!canCompare(folds)) {
    const choice = choose(families[0], dims === "auto" ? 1 : dims);
    const warning = `too few responses to compare models on held-out ones: the simplest was taken, ${describe(choice)}`;
    return { choice, candidates: [], warnings: [warning] };
  }
  const heldOut = async (choice: ModelChoice, quick = true): Promise<HeldOut> => {
    const values: number[] = [];
    for (const [fold, { train, test }] of folds.entries()) {
      const name = `${quick ? "" : "whole "}${choice.family} ${choice.dims} ${choice.method} fold ${fold}`;
      let part = resuming?.finished.get(name);
      if (!part) {
        options.onProgress?.(
          `${quick ? "comparing models" : "checking probabilities"}: ${describe(choice)}`,
          fold,
          folds.length,
        );
        const { guessing } = options;
        const how = {
          ...{ seed, threads, quick },
          ...(guessing !== undefined && { guessing }),
          ...(resuming && { resuming, name }),
        };
        part = foretell(await estimate(train, choice, how), test);
        resuming?.keep(name, part);
      }
      values.push(...part);
    }
    return { choice, logLikelihoods: Float64Array.from(values) };
  };
  // Three dimensions by quadrature take minutes a fold; the variational engine foretells held-out responses as well, in seconds.
  const compared = (family: ModelFamily, d: number): ModelChoice =>
    engine === "auto" && family === "2pl" && d > 2
      ? { family, dims: d, method: "variational" }
      : choose(family, d);
  const tried: HeldOut[] = [];
  for (const family of families) {
    const most = dims === "auto" ? mostDims(family, engine, matrix) : dims;
    const found = [await heldOut(choose(family, dims === "auto" ? 1 : dims))];
    // One dimension more at a time, until two in a row have not helped by more than chance may. Each costs quadrature
    // many times what the one before did: there the first is enough.
    let best = found[0];
    const patience = choose(family, 2).method === "mml" ? 1 : 2;
    for (let idle = 0; found.length < most && dims === "auto" && idle < patience; ) {
      const next = await heldOut(compared(family, found.length + 1));
      found.push(next);
      const helped = isBetter(next, best);
      if (helped) best = next;
      idle = helped ? 0 : idle + 1;
    }
    tried.push(...found);
  }
  const { chosen, table } = chooseSimplest(tried);
  // The bank's own probabilities are checked, whose covariances are not the comparison's.
  const whole =
    tried[chosen].choice.method === "variational" && comparesJointly(matrix)
      ? await heldOut(tried[chosen].choice, false)
      : tried[chosen];
  const check = checkCalibration(
    whole.logLikelihoods,
    folds.map((fold) => fold.test),
  );
  const { family, dims: most } = tried[chosen].choice;
  return { choice: choose(family, most), candidates: table, warnings: [], ...(check && { check }) };
}

function candidates(matrix: ResponseMatrix): ModelFamily[] {
  if (inPoints(matrix)) return ["graded", "gpcm"];
  return matrix.subjects.length >= 200 ? ["1pl", "2pl", "3pl"] : ["1pl", "2pl"];
}

function mostDims(family: ModelFamily, engine: string, { subjects, items }: ResponseMatrix): number {
  if (family === "rasch" || family === "1pl") return 1;
  // Several dimensions of ordered items cost minutes, which few subjects do not repay.
  if ((family === "graded" || family === "gpcm") && subjects.length < 200) return 1;
  // Beyond three, quadrature gives way to sampling and a comparison would take long. Fewer than three items a dimension
  // do not determine it (Anderson & Rubin 1956).
  const most = engine === "mml" || family !== "2pl" ? 3 : 10;
  return Math.max(1, Math.min(most, subjects.length - 1, Math.floor(items.length / 3)));
}
