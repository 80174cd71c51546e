import { Command } from "commander";
import { predictBank, scoredAs } from "../bank/index.ts";
import { InputError } from "../input-error.ts";
import { textTable } from "../report/index.ts";
import { bankAt } from "./bank-folder.ts";
import { type ResponseFileOptions, responseFileOptions } from "./responses.ts";
import { warnOfRowNames } from "./row-names.ts";
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
  const { matrix: given, rightOrWrong, scoring, inputs, naming } = await readScoredFiles(files, options);
  if (scoring && scoring !== bank.scoring)
    throw new InputError("the bank was calibrated with another scoring", {
      source: path,
      found: scoring,
      expected: bank.scoring,
    });
  const matrix = bank.scoring === "hard" && !bank.thresholds ? await rightOrWrong() : given;
  const { unknown, ...scores } = await naming(() => predictBank(bank, scoredAs(bank, matrix)));
  if (scores.cells === 0)
    throw new InputError("the bank knows no subject and item of these responses", {
      source: files.join(", "),
      found: `${unknown} responses of others`,
      expected: "names as in the bank's subjects.parquet and items.parquet",
    });
  const seen = new Set(bank.provenance.flatMap((entry) => entry.inputs.map(({ sha256 }) => sha256)));
  const known = inputs.filter(({ sha256 }) => seen.has(sha256)).map(({ name }) => name);
  if (known.length > 0)
    process.stderr.write(
      `tripos: the bank was calibrated on ${known.join(", ")}: this is how well it repeats those responses, not how well it foretells others\n`,
    );
  if (known.length < inputs.length) warnOfRowNames(bank, matrix);
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
