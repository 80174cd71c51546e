export { accumulateRows, solveRows } from "./logistic-sweep";
export { clearGrams, countGrams } from "./grams";
export { dots } from "./dots";
export { dotsInt8 } from "./dots-int8";
export { gather, gatherRow, scatterRow } from "./gather";
export { dotsInt16, nextAtMost } from "./dots-int16";
export { spreadTerms, sumTerms } from "./term-sums";
export { walkTrees } from "./tree-walk";
export { rankByDistance, smallestRows } from "./nearest-rows";
