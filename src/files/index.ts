export * from "./append.ts";
export * from "./appended.ts";
export * from "./download.ts";
export * from "./embedded.ts";
export * from "./folder.ts";
export * from "./output.ts";
export * from "./sources.ts";
export { systemReason } from "./system-reason.ts";
export * from "./text.ts";
