export {
  calibrateVariational,
  calibrateVariationalInThreads,
  type VariationalOptions,
} from "./calibrate.ts";
export type { VariationalCheckpoint } from "./checkpoint.ts";
export type { Expectation } from "./em.ts";
export type { VariationalCalibration } from "./outcome.ts";
export type { ItemPrior, VariationalPriors } from "./prior.ts";
