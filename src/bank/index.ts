export * from "./bank.ts";
export { type CalibrationOptions, calibrateBank, type Resuming } from "./calibrate.ts";
export { decodeBank, type LoadedBank } from "./decode.ts";
export { bankFiles, encodeBank } from "./encode.ts";
export { type EstimateCheckpoint, type ModelChoice, methodFor } from "./estimate.ts";
export { mergeBanks, rescaleBank, type ScaleLink } from "./merge.ts";
export { type Foresight, predictBank, predictor } from "./predict.ts";
