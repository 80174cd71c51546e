import { itemParametersOfPyIrt, type PyIrtParameters, standardNormal } from "../irt/index.ts";
import type { BankInput, ItemBank } from "./bank.ts";

/**
 * A bank of the parameters that py-irt estimated. py-irt tells no standard errors: they are NaN, not known. There are no
 * responses behind it, and so no fit.
 */
export function bankOfPyIrt(
  parameters: PyIrtParameters,
  { tripos, input }: { readonly tripos: string; readonly input: BankInput },
): ItemBank {
  const { items, subjects, ability, dims, irtModel } = parameters;
  const unknown = (length: number) => new Float64Array(length).fill(Number.NaN);
  return {
    items,
    subjects,
    parameters: itemParametersOfPyIrt(parameters),
    covariance: unknown(items.length * (dims + 1) ** 2),
    abilities: { dims, ability, covariance: unknown(subjects.length * dims * dims) },
    latent: standardNormal(dims),
    itemFit: {},
    subjectFit: {},
    flags: items.map(() => []),
    origins: new Uint32Array(items.length),
    method: "given",
    scoring: "hard",
    seed: 0,
    priors: {},
    candidates: [],
    fit: {},
    warnings: [`parameters as py-irt (${irtModel}) left them: their standard errors are not known`],
    provenance: [
      { action: "import", tripos, inputs: [input], items: items.length, subjects: subjects.length },
    ],
  };
}
