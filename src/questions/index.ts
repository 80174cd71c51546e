export * from "./features.ts";
export * from "./fingerprint.ts";
export * from "./neighbours.ts";
