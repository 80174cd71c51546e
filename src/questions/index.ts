export * from "./features.ts";
export * from "./fingerprint.ts";
export * from "./lexical.ts";
export * from "./mmlu-pack.ts";
export * from "./neighbours.ts";
export * from "./terms.ts";
export * from "./tfidf.ts";
