export * from "./router-folder.ts";
