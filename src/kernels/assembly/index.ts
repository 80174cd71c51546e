export { dots } from "./dots";
export { gather, gatherRow, scatterRow } from "./gather";
export { clearGrams, countGrams } from "./grams";
export { accumulateRows, solveRows } from "./logistic-sweep";
