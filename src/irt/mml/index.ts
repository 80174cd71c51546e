export { calibrateMml, calibrateMmlInThreads } from "./calibrate.ts";
export type { ItemStandardErrors, MmlCalibration, MmlOptions } from "./calibration.ts";
export type { EmProgress, MmlCheckpoint } from "./em.ts";
export { defaultPriors, type ItemPriors } from "./priors.ts";
export { scoreEap } from "./score.ts";
