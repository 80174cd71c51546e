export * from "./binarise.ts";
export type { ReadOptions } from "./format.ts";
export { writeResponsesCsv } from "./long-csv.ts";
export * from "./matrix.ts";
export { writeResponsesParquet } from "./parquet.ts";
export { readPyIrt, writePyIrt } from "./pyirt.ts";
export * from "./read.ts";
export * from "./routerdc.ts";
export { type Found, responseFormats } from "./source.ts";
export {
  matrixOfRows,
  type RepeatRule,
  type ResponseTable,
  rowsOfMatrix,
  type SettledRows,
} from "./table.ts";
export * from "./tinybenchmarks.ts";
export { isRowName } from "./wide.ts";
