import { InputError } from "../input-error.ts";
import { binarise, type ResponseMatrix } from "../responses/index.ts";
import type { ItemBank } from "./bank.ts";
import type { CalibrationOptions } from "./calibrate.ts";

/** The options of a calibration that say how scores are to be read. */
type ScoringOptions = Pick<CalibrationOptions, "model" | "scoring" | "onto" | "binarise">;

const isOrdered = (family: string | undefined): boolean => family === "graded" || family === "gpcm";

/** Points of an ordered item beyond which scores are taken for something else (percentages, say). */
const mostPoints = 20;

/** Whether scores are whole points of which an answer can get more than one, every number of them up to the highest. */
export function inPoints({ scores, observed }: ResponseMatrix): boolean {
  const seen = new Set<number>();
  for (let cell = 0; cell < scores.length; cell++) {
    if (!observed[cell]) continue;
    if (!(Number.isInteger(scores[cell]) && scores[cell] >= 0 && scores[cell] <= mostPoints)) return false;
    seen.add(scores[cell]);
  }
  const highest = Math.max(...seen);
  return highest > 1 && seen.size === highest + 1;
}

/** The model asked for; where none is, the 2PL, or the better of the ordered ones for scores in whole points. */
export function wantedModel(options: ScoringOptions, responses: ResponseMatrix) {
  const { model, scoring, onto, binarise } = options;
  return model ?? (scoring !== "hard" && !binarise && !onto && inPoints(responses) ? "auto" : "2pl");
}

/** How scores are to be read: as the user says, as the bank to grow does, or as the model needs. */
export function scoringOf(options: ScoringOptions, responses: ResponseMatrix): ItemBank["scoring"] {
  const { scoring, onto } = options;
  const model = wantedModel(options, responses);
  const ordered = isOrdered(model) || (model === "auto" && !options.binarise && inPoints(responses));
  const wanted = scoring ?? (onto ? onto.bank.scoring : ordered ? "score" : "hard");
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

/**
 * Responses scored as a bank's are: the score itself, or right or wrong by the bank's thresholds.
 * @throws InputError for a score that is not a share of a full score where right or wrong is asked
 */
export function scoredAs(
  { scoring, thresholds = {}, items, scenarios }: ScoringRule,
  matrix: ResponseMatrix,
): ResponseMatrix {
  if (scoring === "score") return matrix;
  const cell = matrix.scores.findIndex(
    (score, at) => matrix.observed[at] === 1 && !(score >= 0 && score <= 1),
  );
  if (cell >= 0) {
    const width = matrix.items.length;
    throw new InputError("a score lies outside the range of right and wrong", {
      at: `subject ${matrix.subjects[Math.floor(cell / width)]}, item ${matrix.items[cell % width]}`,
      found: String(matrix.scores[cell]),
      expected: "0 to 1",
      hint:
        matrix.scores[cell] < 0
          ? "Leave answers without a score empty, or count them 0."
          : "Divide by the highest possible score, or choose --model graded for whole points.",
    });
  }
  // An item's threshold is that of the scenario the bank has it in, whatever a file calls it.
  const known = new Map(items?.map((item, i) => [item, scenarios?.[i] ?? ""]));
  const named = matrix.items.map((item, i) => known.get(item) ?? matrix.scenarios?.[i] ?? "");
  return { ...matrix, scores: binarise({ ...matrix, scenarios: named }, thresholds).scores };
}

/**
 * Right or wrong of answers that were given several times (`trials`): right where at least half of them are. The rule that
 * any score above 0 is right would make one right answer of many a right one.
 */
export function majority({ trials, ...matrix }: ResponseMatrix): ResponseMatrix {
  if (!trials) return matrix;
  const scores = matrix.scores.map((share, cell) => (trials[cell] > 1 ? (share >= 0.5 ? 1 : 0) : share));
  return { ...matrix, scores };
}

/** What of a bank says how scores are read. */
type ScoringRule = Pick<ItemBank, "scoring" | "thresholds"> & Partial<Pick<ItemBank, "items" | "scenarios">>;
