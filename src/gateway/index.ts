export * from "./config.ts";
export * from "./decide.ts";
export * from "./list-decider.ts";
export * from "./request-record.ts";
export * from "./server.ts";
