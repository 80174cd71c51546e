/** Tripos on Node: all of `tripos`, and what reads and writes files. */
export * from "./files/index.ts";
export * from "./index.ts";
export * from "./storage/index.ts";
