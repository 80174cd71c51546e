export * from "./ability.ts";
export * from "./parameters.ts";
export * from "./pyirt.ts";
export * from "./variational/index.ts";
