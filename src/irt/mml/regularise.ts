import type { ResponseModel } from "../models.ts";
import type { Patterns } from "./patterns.ts";

/** I: 1 for the items that get a prior on slopes and intercepts; see `MmlOptions.regularise`. */
export function regularisedItems(
  patterns: Patterns,
  { categories, family }: ResponseModel,
  items: number,
  rule: "auto" | "all" | "none",
  warnings: string[],
): Uint8Array {
  const seen = new Float64Array(items * categories);
  const { row, weight, start, frequency, count } = patterns;
  let subjects = 0;
  for (let p = 0; p < count; p++) {
    subjects += frequency[p];
    for (let e = start[p]; e < start[p + 1]; e++) seen[row[e]] += weight[e] * frequency[p];
  }
  // Two asymptotes leave slopes free to run away with them (Loken & Rulison 2010).
  // Slopes rest on the answers to their item, which are few where most are missing.
  const answers = seen.reduce((sum, n) => sum + n, 0) / items;
  const loose = Math.min(subjects, answers) < 200 || items < 3 || family === "4pl";
  const all = rule === "all" || (rule === "auto" && loose);
  const regularised = new Uint8Array(items).fill(all ? 1 : 0);
  let constant = 0;
  for (let i = 0; i < items; i++) {
    const used = seen.subarray(i * categories, (i + 1) * categories).reduce((n, v) => n + (v > 0 ? 1 : 0), 0);
    if (used < categories) regularised[i] = 1;
    if (used < 2) constant++;
  }
  if (constant > 0)
    warnings.push(
      `${constant} items have the same score from everyone: kept, with parameters from the prior`,
    );
  return regularised;
}
