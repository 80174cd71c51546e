import type { DimensionsLink } from "../irt/index.ts";
import { inverseSquare } from "../numerics/index.ts";
import { type ItemBank, parameterNames } from "./bank.ts";

/**
 * The same bank of several dimensions with its abilities on the axes of another, θ' = A(θ − c) with A = B⁻¹, as `linkDimensions`
 * finds it: a' = Bᵀa and d' = d + a·c, so that every probability stays as it was. Covariances follow by the delta method; the
 * link's own uncertainty is added to first order.
 * @throws RangeError where the link has other dimensions or cannot be turned back
 */
export function turnBank(
  bank: ItemBank,
  { transform, offset, covariance: ofLink }: DimensionsLink,
): ItemBank {
  const { parameters, abilities, items, subjects } = bank;
  const { dims } = parameters;
  const back = inverseSquare(transform, dims);
  if (offset.length !== dims || !back) throw new RangeError(`not a link of ${dims} dimensions`);
  const size = parameterNames(parameters).length;
  const links = ofLink.length ** 0.5;
  const discrimination = new Float64Array(parameters.discrimination.length);
  const intercept = parameters.intercept.slice();
  const covariance = new Float64Array(bank.covariance.length);
  for (let i = 0; i < items.length; i++) {
    const a = parameters.discrimination.subarray(i * dims, (i + 1) * dims);
    // Rows: the moved parameters; columns: the item's own, and those of the link.
    const own = Array.from({ length: size }, (_, p) => {
      const row = new Float64Array(size);
      if (p >= dims) row[p] = 1;
      for (let j = 0; j < dims; j++)
        if (p < dims) row[j] = transform[j * dims + p];
        else if (p === dims) row[j] = offset[j];
      return row;
    });
    const byLink = Array.from({ length: size }, (_, p) => {
      const row = new Float64Array(links);
      for (let j = 0; j < dims; j++)
        if (p < dims) row[j * dims + p] = a[j];
        else if (p === dims) row[dims * dims + j] = a[j];
      return row;
    });
    for (let j = 0; j < dims; j++) {
      intercept[i] += a[j] * offset[j];
      for (let k = 0; k < dims; k++) discrimination[i * dims + k] += a[j] * transform[j * dims + k];
    }
    const block = bank.covariance.subarray(i * size * size, (i + 1) * size * size);
    covariance.set(sum(moved(own, block), moved(byLink, ofLink)), i * size * size);
  }
  const turns = Array.from({ length: dims }, (_, j) => back.slice(j * dims, (j + 1) * dims));
  const place = (theta: ArrayLike<number>) =>
    turns.map((row) => row.reduce((total, v, k) => total + v * (theta[k] - offset[k]), 0));
  const ability = new Float64Array(abilities.ability.length);
  const spread = new Float64Array(abilities.covariance.length);
  for (let s = 0; s < subjects.length; s++) {
    const theta = place(abilities.ability.subarray(s * dims, (s + 1) * dims));
    ability.set(theta, s * dims);
    // dθ' = −A (dB θ' + dc).
    const byLink = turns.map((row) => {
      const out = new Float64Array(links);
      for (let j = 0; j < dims; j++) {
        out[dims * dims + j] = -row[j];
        for (let k = 0; k < dims; k++) out[j * dims + k] = -row[j] * theta[k];
      }
      return out;
    });
    const block = abilities.covariance.subarray(s * dims * dims, (s + 1) * dims * dims);
    spread.set(sum(moved(turns, block), moved(byLink, ofLink)), s * dims * dims);
  }
  return {
    ...bank,
    parameters: { ...parameters, discrimination, intercept },
    covariance,
    abilities: { dims, ability, covariance: spread },
    latent: {
      mean: Float64Array.from(place(bank.latent.mean)),
      covariance: moved(turns, bank.latent.covariance),
    },
  };
}

/** J Σ Jᵀ of the rows J. */
function moved(rows: readonly Float64Array[], covariance: Float64Array): Float64Array {
  const n = rows[0].length;
  return Float64Array.from({ length: rows.length ** 2 }, (_, at) => {
    const [left, right] = [rows[Math.floor(at / rows.length)], rows[at % rows.length]];
    let total = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; left[i] !== 0 && j < n; j++)
        if (right[j] !== 0) total += left[i] * right[j] * covariance[i * n + j];
    return total;
  });
}

const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, at) => value + b[at]);
