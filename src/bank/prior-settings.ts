import type { ItemPrior, MmlCalibration } from "../irt/index.ts";

/** Nested settings by dotted names. */
export function flatten(settings: object, prefix = ""): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
      typeof value === "object" && value !== null
        ? Object.entries(flatten(value, `${prefix}${name}.`))
        : [[prefix + name, typeof value === "number" ? value : String(value)]],
    ),
  );
}

/** Means, standard deviations and correlations of a learned prior, by the parameters' names. */
export function priorByName({ mean, covariance }: ItemPrior, dims: number): Record<string, number> {
  const size = dims + 1;
  const name = (k: number) => (k < dims ? `discrimination_${k + 1}` : "intercept");
  const sd = (k: number) => Math.sqrt(covariance[k * size + k]);
  const entries: [string, number][] = [];
  for (let k = 0; k < size; k++) {
    entries.push([`${name(k)}.mean`, mean[k]], [`${name(k)}.sd`, sd(k)]);
    for (let l = 0; l < k; l++)
      entries.push([`${name(l)}, ${name(k)}.correlation`, covariance[k * size + l] / (sd(k) * sd(l))]);
  }
  return Object.fromEntries(entries);
}

/** The population of the abilities: Rasch's model estimates its variance. */
export function populationOf({ latent, latentVarianceSE }: MmlCalibration): string {
  if (latentVarianceSE === undefined) return "N(0, I)";
  return `N(0, ${latent.covariance[0].toFixed(4)}), its variance estimated (SE ${latentVarianceSE.toFixed(4)})`;
}
