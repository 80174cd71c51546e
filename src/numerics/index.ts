export * from "./bootstrap.ts";
export * from "./cholesky.ts";
export * from "./eigen.ts";
export * from "./metrics.ts";
export * from "./minimize.ts";
export * from "./quadrature.ts";
export * from "./random.ts";
export * from "./special.ts";
