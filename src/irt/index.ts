export * from "./parameters.ts";
export * from "./pyirt.ts";
