import { type RotationCriterion, rotateAbilities, rotateItems } from "../irt/index.ts";
import { type ItemBank, parameterNames } from "./bank.ts";

/**
 * A bank of several dimensions on axes turned for reading (see `rotateItems`): the same probabilities, other slopes and
 * abilities, with the covariances that they had. The covariance of ability becomes the dimensions' correlations.
 * @throws InputError for a bank of one dimension
 */
export function rotateBank(bank: ItemBank, criterion: RotationCriterion): ItemBank {
  const { parameters, covariance, abilities, latent, items } = bank;
  const { dims } = parameters;
  const rotation = rotateItems(parameters, criterion);
  const turned = rotation.slopes;
  const size = parameterNames(parameters).length;
  const moved = new Float64Array(covariance.length);
  const weight = (to: number, from: number) =>
    to < dims && from < dims ? turned[from * dims + to] : to === from ? 1 : 0;
  for (let i = 0; i < items.length; i++)
    for (let r = 0; r < size; r++)
      for (let c = 0; c < size; c++) {
        let sum = 0;
        for (let p = 0; p < size; p++)
          for (let q = 0; q < size; q++) {
            const by = weight(r, p) * weight(c, q);
            if (by !== 0) sum += by * covariance[(i * size + p) * size + q];
          }
        moved[(i * size + r) * size + c] = sum;
      }
  const population = rotateAbilities({ dims, ability: latent.mean, covariance: latent.covariance }, rotation);
  return {
    ...bank,
    parameters: rotation.items,
    covariance: moved,
    abilities: rotateAbilities(abilities, rotation),
    latent: { mean: population.ability, covariance: population.covariance },
  };
}
