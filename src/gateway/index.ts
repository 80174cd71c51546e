export * from "./config.ts";
export * from "./decide.ts";
export * from "./list-decider.ts";
export { jsonLog, type Log, personalLog } from "./log.ts";
export * from "./request-record.ts";
export { type ServeOptions, serveConfigured } from "./serve-configured.ts";
export * from "./server.ts";
export { openStore, type Store } from "./store.ts";
