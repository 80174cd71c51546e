import { Command } from "commander";
import { predictBank } from "../bank/index.ts";
import { InputError } from "../input-error.ts";
import { textTable } from "../report/index.ts";
import { hardScores } from "../responses/index.ts";
import { bankAt } from "./bank-folder.ts";
import { type ResponseFileOptions, responseFileOptions } from "./responses.ts";
import { readScoredFiles } from "./scored-files.ts";

/** `tripos predict BANK FILE…` */
export function predictCommand(): Command {
  const command = new Command("predict")
    .description("score how well a bank foretells responses of its subjects to its items, best held-out ones")
    .argument("<bank>", "folder of the item bank")
    .argument("<file...>", "responses in any supported format")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
The log-likelihood is the mean of one response. Responses are scored as the bank's were (hard or score).

Examples:
  tripos predict bank held-out.csv
  tripos predict bank held-out.jsonl --json`,
    )
    .action(run);
  for (const option of responseFileOptions()) command.addOption(option);
  return command;
}

interface Options extends ResponseFileOptions {
  readonly json?: true;
}

async function run(path: string, files: readonly string[], options: Options): Promise<void> {
  const { bank } = await bankAt(path);
  const { matrix, scoring } = await readScoredFiles(files, options);
  if (scoring && scoring !== bank.scoring)
    throw new InputError("the bank was calibrated with another scoring", {
      source: path,
      found: scoring,
      expected: bank.scoring,
    });
  const { unknown, ...scores } = predictBank(bank, bank.scoring === "hard" ? hardScores(matrix) : matrix);
  if (scores.cells === 0)
    throw new InputError("the bank knows no subject and item of these responses", {
      source: files.join(", "),
      found: `${unknown} responses of others`,
      expected: "names as in the bank's subjects.parquet and items.parquet",
    });
  if (unknown > 0)
    process.stderr.write(
      `tripos: ${unknown} responses of subjects or items that the bank does not know left out\n`,
    );
  if (options.json) {
    process.stdout.write(`${JSON.stringify(scores)}\n`);
    return;
  }
  const { cells, logLikelihood, brier, auc, ece } = scores;
  const columns = [
    { title: "responses" },
    { title: "log-likelihood", digits: 4 },
    { title: "Brier", digits: 4 },
    { title: "AUC", digits: 4 },
    { title: "ECE", digits: 4 },
  ];
  process.stdout.write(`${textTable(columns, [[cells, logLikelihood, brier, auc, ece]])}\n`);
}
