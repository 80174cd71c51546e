import { constrainedInverse } from "../../numerics/index.ts";
import { asymptoteError } from "../asymptotes.ts";
import { type ResponseModel, unpackItems } from "../models.ts";
import { blockCovariances } from "./block-covariances.ts";
import type { ItemStandardErrors, MmlOptions } from "./calibration.ts";
import { principalAxes } from "./identify.ts";
import type { InformationInput } from "./information.ts";
import { informationWork, observedInformation } from "./observed-information.ts";

/** Work in multiply-adds up to which "auto" takes the whole information matrix. */
const affordable = 3e9;

/**
 * I × n × n covariances of each item's ξ.
 * @param subjects whose mean and spread set the scale; Infinity where fixed items do
 */
export function covariances(
  input: InformationInput,
  wanted: NonNullable<MmlOptions["standardErrors"]>,
  subjects: number,
): { covariance: Float64Array; method: "full" | "blocks" | "none" } {
  const { model, x, free, parameters } = input;
  const { size, dims } = model;
  const covariance = new Float64Array((x.length / size) * size * size);
  if (wanted === "none") return { covariance, method: "none" };
  if (wanted === "full" || (wanted === "auto" && informationWork(input) <= affordable)) {
    const h = observedInformation(input);
    const scale = Math.sqrt(h.reduce((most, v) => Math.max(most, Math.abs(v)), 1));
    const rotates = dims > 1 && Number.isFinite(subjects);
    const constraints = rotates ? principalAxes(x, model, free, parameters, scale) : [];
    const inverse = constrainedInverse(h, parameters, constraints);
    if (inverse) {
      for (let i = 0; i < x.length / size; i++)
        for (let j = 0; j < size; j++)
          for (let l = 0; l < size; l++) {
            const [r, c] = [free[i * size + j], free[i * size + l]];
            if (r >= 0 && c >= 0) covariance[(i * size + j) * size + l] = inverse[r * parameters + c];
          }
      return { covariance, method: "full" };
    }
  }
  return { covariance: blockCovariances(input, subjects), method: "blocks" };
}

/** Standard errors from the covariances of ξ. */
export function errorsOf(
  model: ResponseModel,
  x: Float64Array,
  covariance: Float64Array,
): ItemStandardErrors {
  const { size } = model;
  const values = unpackItems(model, x);
  const roots = new Float64Array(x.length);
  for (let e = 0; e < x.length; e++) roots[e] = Math.sqrt(Math.max(0, covariance[e * size + (e % size)]));
  const errors = unpackItems(model, roots);
  const asymptote = (p: Float64Array, j: number) => p.map((c, i) => asymptoteError(c, roots[i * size + j]));
  return {
    discrimination: errors.discrimination,
    intercept: errors.intercept,
    ...(values.guessing && { guessing: asymptote(values.guessing, model.dims + 1) }),
    ...(values.upper && { upper: asymptote(values.upper, model.dims + 2) }),
  };
}
