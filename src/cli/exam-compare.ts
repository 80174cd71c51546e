import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { type Comparison, compareExams, type Pool, poolOf, poolOfBank, scenariosOf } from "../exam/index.ts";
import { writeWhole } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { calibrateVariational } from "../irt/index.ts";
import { comparisonReport, comparisonTable, textTable } from "../report/index.ts";
import { hardScores } from "../responses/index.ts";
import { bankAt } from "./bank-folder.ts";
import { realNumber, seedOption, wholeNumber } from "./options.ts";
import { progressBar } from "./progress.ts";
import { type ResponseFileOptions, responseFileOptions } from "./responses.ts";
import { readScoredFiles } from "./scored-files.ts";

interface Options extends ResponseFileOptions {
  readonly counts: readonly number[];
  readonly splits: number;
  readonly test: number;
  readonly dims: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly report?: string;
}

/** `tripos exam compare BANK|FILE…`: the error of every way to examine, by number of questions. */
export function examCompareCommand(): Command {
  const command = new Command("compare")
    .description(
      "measure every way to choose questions and to estimate, on subjects that nothing was fitted on",
    )
    .argument("<bank-or-files...>", "folder of an item bank, or responses in any supported format")
    .option("--counts <list>", "numbers of questions", countList, [10, 20, 30, 50, 100])
    .option("--splits <n>", "random divisions into known and tested subjects", wholeNumber("--splits", 1), 20)
    .option("--test <share>", "share of the subjects tested in each", realNumber("--test", 0.01, 0.9), 0.25)
    .option("--dims <n>", "dimensions of ability, for files", wholeNumber("--dims", 1, 50), 1)
    .addOption(seedOption("the divisions and all else that is random"))
    .option("--report <file>", "write the figures as an HTML page")
    .option("--json", "print one JSON object");
  for (const option of responseFileOptions()) command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
Examples:
  tripos exam compare bank --counts 10,20,30
  tripos exam compare leaderboard.csv --counts 25,50,100 --splits 5 --report compared.html`,
    )
    .action(compare);
}

async function compare(paths: readonly string[], options: Options): Promise<void> {
  const pool = await poolAt(paths, options);
  const { items, subjects } = pool.responses;
  const counts = options.counts.filter((count) => count < items.length);
  if (counts.length === 0 || subjects.length < 8)
    throw new InputError("there is too little to compare", {
      source: paths.join(", "),
      found: `${subjects.length} subjects, ${items.length} questions`,
      expected: "at least 8 subjects, and a number of questions below that of the bank",
    });
  const bar = progressBar("comparing", "splits");
  let comparison: Comparison;
  try {
    comparison = compareExams(pool, { ...options, counts, progress: bar.update });
  } finally {
    bar.stop();
  }
  if (options.report !== undefined)
    writeWhole(options.report, comparisonReport(comparison, paths.join(", ")));
  process.stdout.write(`${options.json ? JSON.stringify(comparison) : text(comparison)}\n`);
}

async function poolAt(paths: readonly string[], options: Options): Promise<Pool> {
  if (paths.length === 1 && existsSync(join(paths[0], "bank.json")))
    return poolOfBank((await bankAt(paths[0])).bank, paths[0]);
  const { matrix, scoring } = await readScoredFiles(paths, options);
  const scored = scoring === "score" ? matrix : hardScores(matrix);
  return poolOf(scored, calibrateVariational(scored, { dims: options.dims }).items, scenariosOf(scored));
}

function text(comparison: Comparison): string {
  const { known, tested, splits, chosen } = comparison;
  const { columns, rows } = comparisonTable(comparison);
  const names = chosen.map(
    ({ count, splits: times }) =>
      `${count}: ${Object.entries(times)
        .map(([name, times]) => `${name} ${times}×`)
        .join(", ")}`,
  );
  return `Mean absolute error in points ± standard error, and Kendall's τ, over ${splits} splits; ${known} subjects known, ${tested} tested
${textTable(columns, rows)}
The default, as cross-validation on the known subjects chose it: ${names.join("; ")}`;
}

function countList(list: string): number[] {
  const counts = list.split(",").map(Number);
  if (!counts.every((count) => Number.isInteger(count) && count >= 1))
    throw new InputError("the value does not fit", {
      source: "--counts",
      found: list,
      expected: "whole numbers, such as 10,20,30",
    });
  return counts;
}
