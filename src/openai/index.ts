export * from "./ask.ts";
export * from "./post.ts";
export * from "./price.ts";
export { retryAfter } from "./retry-after.ts";
export * from "./server.ts";
