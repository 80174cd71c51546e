import type { ResponseMatrix } from "../responses/index.ts";
import { flagItems, type ItemFlag } from "./fit-flags.ts";
import { type Reliability, reliability } from "./fit-information.ts";
import { type LocalDependence, localDependence } from "./fit-local-dependence.ts";
import { type LimitedInformationFit, limitedInformationFit } from "./fit-m2.ts";
import { type PersonFit, personFit } from "./fit-persons.ts";
import { type MeanSquares, meanSquares } from "./fit-residuals.ts";
import { type SumScoreFit, sumScoreFit } from "./fit-sum-scores.ts";
import { type LatentNormal, standardNormal } from "./latent.ts";
import type { ItemStandardErrors } from "./mml/index.ts";
import type { Abilities, ItemParameters } from "./parameters.ts";

/** What either engine's calibration offers to the assessment of its fit. */
export interface Calibrated {
  readonly items: ItemParameters;
  readonly abilities: Abilities;
  /** Distribution of ability; N(0, I) unless told. */
  readonly latent?: LatentNormal;
  readonly standardErrors?: ItemStandardErrors;
  /** The lower asymptotes were given, not estimated. */
  readonly guessingKnown?: boolean;
}

/** Everything {@link assessFit} finds; a part is undefined where the data do not allow it. */
export interface Fit {
  readonly items: MeanSquares;
  readonly subjects: MeanSquares;
  readonly personFit: PersonFit;
  readonly reliability: Reliability;
  readonly sumScores?: SumScoreFit;
  readonly limitedInformation?: LimitedInformationFit;
  readonly localDependence?: LocalDependence;
  readonly flags: readonly ItemFlag[];
}

/** Fit of items, subjects and the whole model, and the items to look at. */
export function assessFit(matrix: ResponseMatrix, calibrated: Calibrated): Fit {
  const { items, abilities, latent = standardNormal(items.dims), standardErrors, guessingKnown } = calibrated;
  const squares = meanSquares(matrix, items, abilities);
  const sumScores = sumScoreFit(matrix, items, latent, guessingKnown);
  const limitedInformation = limitedInformationFit(matrix, items, latent, guessingKnown);
  const dependence = localDependence(matrix, items, abilities);
  return {
    ...squares,
    personFit: personFit(matrix, items, latent, abilities),
    reliability: reliability(items, abilities, latent),
    ...(sumScores && { sumScores }),
    ...(limitedInformation && { limitedInformation }),
    ...(dependence && { localDependence: dependence }),
    flags: flagItems(matrix, items, {
      latent,
      ...(standardErrors && { standardErrors }),
      ...(dependence && { dependent: dependence.pairs }),
    }),
  };
}

export interface InformationCriteria {
  readonly aic: number;
  readonly bic: number;
}

/** AIC = 2k − 2 log L (Akaike 1974) and BIC = k log N − 2 log L (Schwarz 1978) of N subjects. */
export function informationCriteria(
  logLikelihood: number,
  parameters: number,
  subjects: number,
): InformationCriteria {
  return {
    aic: 2 * parameters - 2 * logLikelihood,
    bic: parameters * Math.log(subjects) - 2 * logLikelihood,
  };
}
