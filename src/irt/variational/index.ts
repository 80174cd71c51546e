export {
  calibrateVariational,
  calibrateVariationalInThreads,
  type VariationalCalibration,
  type VariationalOptions,
} from "./calibrate.ts";
export type { VariationalCheckpoint } from "./checkpoint.ts";
export type { Expectation } from "./em.ts";
export type { VariationalPriors } from "./prior.ts";
