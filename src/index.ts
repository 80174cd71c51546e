/** Tripos in any JavaScript runtime: everything but files, processes and servers. */
export * from "./bank/index.ts";
export * from "./clustering/index.ts";
export * from "./exam/index.ts";
export * from "./formats/index.ts";
export * from "./input-error.ts";
export * from "./irt/index.ts";
export * from "./kernels/index.ts";
export * from "./numerics/index.ts";
export * from "./openai/index.ts";
export * from "./pipelines/index.ts";
export * from "./questions/index.ts";
export * from "./report/index.ts";
export * from "./responses/index.ts";
export * from "./routing/index.ts";
