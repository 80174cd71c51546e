export * from "./ability.ts";
export * from "./anchors.ts";
export * from "./kmeans.ts";
export * from "./pirt.ts";
