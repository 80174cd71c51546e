export * from "./ask.ts";
export * from "./post.ts";
export { retryAfter } from "./retry-after.ts";
export * from "./server.ts";
