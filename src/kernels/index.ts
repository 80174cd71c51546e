export { dotProducts, dotProductsPlain } from "./dots.ts";
