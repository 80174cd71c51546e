export { dotProducts, dotProductsPlain, eachDotProducts } from "./dots.ts";
