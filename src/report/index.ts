export {
  type BankReportOptions,
  bankReport,
  candidateTable,
  fitEntries,
  itemTable,
} from "./bank-report.ts";
export * from "./data-table.ts";
export * from "./heatmap.ts";
export * from "./interval-plot.ts";
export * from "./leaderboard.ts";
export * from "./markup.ts";
export * from "./page.ts";
export * from "./plot.ts";
export { routingReport } from "./routing-report.ts";
export * from "./table.ts";
export { wrightMap } from "./wright-map.ts";
