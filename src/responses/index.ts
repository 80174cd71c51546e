export type { ReadOptions } from "./format.ts";
export { writeResponsesCsv } from "./long-csv.ts";
export * from "./matrix.ts";
export { writeResponsesParquet } from "./parquet.ts";
export { readPyIrt, writePyIrt } from "./pyirt.ts";
export * from "./read.ts";
export * from "./routerdc.ts";
export { matrixOfRows, type RepeatRule, type ResponseTable, type SettledRows } from "./table.ts";
export * from "./tinybenchmarks.ts";
