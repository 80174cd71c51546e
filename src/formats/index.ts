export * from "./json.ts";
export * from "./ndarray.ts";
export * from "./npy.ts";
export type { ObjectArray } from "./pickle-objects.ts";
export * from "./pickle-read.ts";
export * from "./pickle-write.ts";
export * from "./safetensors.ts";
