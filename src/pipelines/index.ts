export * from "./mmlu/accuracy.ts";
export * from "./mmlu/data.ts";
export * from "./mmlu/reproduce.ts";
