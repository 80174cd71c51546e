export * from "./download.ts";
export * from "./output.ts";
