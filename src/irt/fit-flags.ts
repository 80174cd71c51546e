import type { ResponseMatrix } from "../responses/index.ts";
import { itemInformation } from "./fit-information.ts";
import type { ResidualPair } from "./fit-local-dependence.ts";
import { type LatentNormal, standardNormal } from "./latent.ts";
import type { ItemStandardErrors } from "./mml/index.ts";
import type { ItemParameters } from "./parameters.ts";

/** Why a maintainer should look at an item. */
export type ItemFlagKind =
  | "negative discrimination"
  | "nobody right"
  | "everybody right"
  | "no responses"
  | "little information"
  | "locally dependent"
  | "near-duplicate";

/** Q3 from which two items are hardly two: nearly all that ability leaves unexplained of one is that of the other. */
const nearDuplicate = 0.8;

export interface ItemFlag {
  readonly item: number;
  readonly kind: ItemFlagKind;
  /** One sentence with the numbers behind the flag. */
  readonly reason: string;
  /** The other item of a dependent pair. */
  readonly other?: number;
}

export interface FlagOptions {
  readonly standardErrors?: ItemStandardErrors;
  readonly dependent?: readonly ResidualPair[];
  readonly latent?: LatentNormal;
  /** An item whose information at its best ability within two standard deviations is less is flagged; .05. */
  readonly leastInformation?: number;
}

/**
 * Items a benchmark's maintainer should look at. A discrimination counts as negative when it is so by two standard
 * errors (or at all, where those are unknown), summed over dimensions where there are several.
 */
export function flagItems(
  matrix: ResponseMatrix,
  items: ItemParameters,
  options: FlagOptions = {},
): ItemFlag[] {
  const { latent = standardNormal(items.dims), leastInformation = 0.05, standardErrors } = options;
  const { dims, discrimination } = items;
  const width = matrix.items.length;
  const highest = (items.categories ?? 2) - 1;
  const grid = new Float64Array(9 * dims);
  for (let g = 0; g < 9; g++)
    for (let j = 0; j < dims; j++)
      grid[g * dims + j] = latent.mean[j] + ((g - 4) / 2) * Math.sqrt(latent.covariance[j * dims + j]);
  const information = itemInformation(items, grid);
  const flags: ItemFlag[] = [];
  for (let i = 0; i < width; i++) {
    let answers = 0;
    let total = 0;
    for (let s = 0; s < matrix.subjects.length; s++) {
      const cell = s * width + i;
      if (!matrix.observed[cell]) continue;
      answers++;
      total += matrix.scores[cell];
    }
    const flag = (kind: ItemFlagKind, reason: string) => flags.push({ item: i, kind, reason });
    if (answers === 0) {
      flag("no responses", "nobody answered it");
      continue;
    }
    if (total === 0) flag("nobody right", `none of ${answers} answers scored`);
    else if (total === answers * highest)
      flag("everybody right", `all ${answers} answers have the full score`);
    let slope = 0;
    let variance = 0;
    for (let j = 0; j < dims; j++) {
      slope += discrimination[i * dims + j];
      variance += (standardErrors?.discrimination[i * dims + j] ?? 0) ** 2;
    }
    if (slope + 2 * Math.sqrt(variance) < 0)
      flag(
        "negative discrimination",
        `better subjects do worse (slope ${slope.toFixed(2)}): is the key right?`,
      );
    const best = information.subarray(i * 9, (i + 1) * 9).reduce((most, v) => Math.max(most, v), 0);
    if (best < leastInformation)
      flag("little information", `at most ${best.toFixed(3)} within two standard deviations of the mean`);
  }
  for (const { first, second, q3 } of options.dependent ?? []) {
    const reason = `residuals correlate ${q3.toFixed(2)}`;
    const kind = q3 >= nearDuplicate ? "near-duplicate" : "locally dependent";
    flags.push({ item: first, other: second, kind, reason });
    flags.push({ item: second, other: first, kind, reason });
  }
  return flags.sort((a, b) => a.item - b.item);
}
