import { type CostModel, expectedCosts, fitCosts } from "./costs.ts";
import type { TrainingData } from "./training-data.ts";

/** What an answer of each model costs, over all datasets together; undefined where no costs are known. */
export function pooledCosts(data: TrainingData): CostModel | undefined {
  if (!data.costs) return undefined;
  const n = data.texts.length;
  const width = data.models.length;
  const turned = new Float64Array(n * width);
  for (let i = 0; i < n; i++) for (let m = 0; m < width; m++) turned[m * n + i] = data.costs[i * width + m];
  return fitCosts({
    subjects: data.models,
    items: data.texts,
    texts: data.texts,
    costs: turned,
    scores: turned,
    observed: new Uint8Array(n * width),
  });
}

/** n × M expected costs. */
export function costTable(costs: CostModel, texts: readonly string[], width: number): Float64Array {
  const out = new Float64Array(texts.length * width);
  texts.forEach((text, i) => {
    out.set(expectedCosts(costs, width, text), i * width);
  });
  return out;
}
