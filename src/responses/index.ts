export * from "./matrix.ts";
export { readPyIrt, writePyIrt } from "./pyirt.ts";
export * from "./routerdc.ts";
export * from "./tinybenchmarks.ts";
