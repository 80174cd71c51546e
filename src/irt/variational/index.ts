export {
  calibrateVariational,
  type VariationalCalibration,
  type VariationalOptions,
} from "./calibrate.ts";
export type { VariationalPriors } from "./prior.ts";
export type { Expectation } from "./sweep.ts";
