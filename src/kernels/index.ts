export { dotProducts, dotProductsPlain, eachDotProducts } from "./dots.ts";
export * from "./gather.ts";
export * from "./grams.ts";
