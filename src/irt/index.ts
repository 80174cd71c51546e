export * from "./ability.ts";
export * from "./asymptotes.ts";
export * from "./curve.ts";
export * from "./dif.ts";
export * from "./fit.ts";
export { type FlagOptions, flagItems, type ItemFlag, type ItemFlagKind } from "./fit-flags.ts";
export { itemInformation, type Reliability, reliability, testInformation } from "./fit-information.ts";
export {
  type LocalDependence,
  type LocalDependenceOptions,
  localDependence,
  type ResidualPair,
} from "./fit-local-dependence.ts";
export { type LimitedInformationFit, limitedInformationFit } from "./fit-m2.ts";
export { benjaminiHochberg } from "./fit-multiple-tests.ts";
export { type PersonFit, personFit } from "./fit-persons.ts";
export { type MeanSquares, meanSquares } from "./fit-residuals.ts";
export { type SumScoreFit, sumScoreFit } from "./fit-sum-scores.ts";
export { type LatentNormal, standardNormal } from "./latent.ts";
export * from "./linking.ts";
export { type DimensionsLink, linkDimensions } from "./linking-dimensions.ts";
export { marginalLogLikelihood } from "./marginal-likelihood.ts";
export * from "./mml/index.ts";
export { categoryProbabilities } from "./models.ts";
export * from "./parameters.ts";
export { expectedLogistic, logitMoments } from "./predictive.ts";
export * from "./pyirt.ts";
export * from "./rotation.ts";
export * from "./simulate.ts";
export * from "./variational/index.ts";
