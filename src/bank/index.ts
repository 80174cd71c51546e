export * from "./bank.ts";
export { decodeBank, type LoadedBank } from "./decode.ts";
export { bankFiles, encodeBank } from "./encode.ts";
export * from "./merge.ts";
