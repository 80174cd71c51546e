export * from "./ability.ts";
export * from "./mml.ts";
export type { LatentNormal } from "./mml-expectation.ts";
export { defaultPriors, type ItemPriors } from "./mml-maximisation.ts";
export { categoryProbabilities } from "./mml-models.ts";
export * from "./parameters.ts";
export * from "./pyirt.ts";
export * from "./simulate.ts";
export * from "./variational/index.ts";
