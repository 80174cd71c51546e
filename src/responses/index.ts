export type { ReadOptions } from "./format.ts";
export * from "./matrix.ts";
export { writeResponsesParquet } from "./parquet.ts";
export { readPyIrt, writePyIrt } from "./pyirt.ts";
export * from "./read.ts";
export * from "./routerdc.ts";
export type { RepeatRule, ResponseTable, SettledRows } from "./table.ts";
export * from "./tinybenchmarks.ts";
