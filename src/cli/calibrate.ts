import { Command, Option } from "commander";
import { type CalibrationOptions, calibrateBank } from "../bank/index.ts";
import { InputError } from "../input-error.ts";
import { candidateTable, textTable } from "../report/index.ts";
import { bankAt, checkBankOutput, saveBank } from "./bank-folder.ts";
import { countFlags, describeBank, fitTable, flagTable } from "./bank-text.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { seedOption, threadsOption, wholeNumber } from "./options.ts";
import { type ResponseFileOptions, responseFileOptions } from "./responses.ts";
import { warnOfRowNames } from "./row-names.ts";
import { readScoredFiles } from "./scored-files.ts";
import type { Scoring } from "./scoring-suffix.ts";
import { statusLine } from "./status.ts";
import { version } from "./version.ts";

interface Options extends ResponseFileOptions, Pick<CalibrationOptions, "model" | "dims" | "engine"> {
  readonly out: string;
  readonly seed: number;
  readonly scoring?: Scoring;
  readonly threads: number;
  readonly resume?: true;
  readonly onto?: string;
  readonly responses: boolean;
  readonly json?: true;
}

/** `tripos calibrate FILE… --out BANK` */
export function calibrateCommand(): Command {
  const dims = wholeNumber("--dims", 1, 1000);
  const command = new Command("calibrate")
    .description("estimate an item bank from responses: parameters, abilities, their uncertainty and fit")
    .argument("<file...>", "responses in any supported format, or folders of them; FILE:hard or FILE:score")
    .requiredOption("--out <bank>", "folder for the item bank")
    .addOption(
      new Option(
        "--model <family>",
        "item response model; auto compares 1pl, 2pl and, with 200 subjects, 3pl",
      ).choices(["rasch", "1pl", "2pl", "3pl", "4pl", "graded", "gpcm", "auto"]),
    )
    .option(
      "--dims <n>",
      "dimensions of ability; auto by held-out likelihood",
      (text) => (text === "auto" ? "auto" : dims(text)),
      "auto",
    )
    .addOption(
      new Option("--engine <name>", "marginal maximum likelihood or variational EM; auto by the data's shape")
        .choices(["auto", "mml", "variational"])
        .default("auto"),
    )
    .addOption(
      new Option(
        "--scoring <rule>",
        "hard: a score above 0 is right (default); score: the number itself",
      ).choices(["hard", "score"]),
    )
    .addOption(seedOption("all that is random"))
    .addOption(threadsOption())
    .option("--onto <bank>", "grow this bank: its items stay fixed, new items and subjects join its scale")
    .option("--resume", "go on with an interrupted run of the same command")
    .option("--no-responses", "do not keep the responses in the bank (inspect then shows less)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos calibrate responses.csv --out bank
  tripos calibrate lsat.csv --out bank --model 2pl --dims 1
  tripos calibrate logs/ gsm8k.json:score --out bank --dims auto --seed 7 --json
  tripos calibrate new-items.csv --onto bank --out bigger-bank`,
    )
    .action(run);
  for (const option of responseFileOptions()) command.addOption(option);
  return command;
}

async function run(files: readonly string[], options: Options): Promise<void> {
  checkBankOutput(options.out);
  const { matrix, inputs, summary, scoring: said } = await readScoredFiles(files, options);
  if (options.scoring && said && options.scoring !== said)
    throw new InputError("the file and the option say different things", {
      source: "--scoring",
      found: options.scoring,
      expected: said,
    });
  const scoring = options.scoring ?? said;
  const loaded = options.onto === undefined ? undefined : await bankAt(options.onto);
  if (loaded) warnOfRowNames(loaded.bank, matrix);
  if (!options.json) process.stderr.write(`${summary}\n`);
  const { model, dims, engine, seed } = options;
  const settings = {
    ...(model && { model }),
    ...(dims !== undefined && { dims }),
    ...(engine && { engine }),
    ...(scoring && { scoring }),
    seed,
    tripos: version,
  };
  const checkpoint = openCheckpoint(
    `${options.out.replace(/[/\\]+$/, "")}.checkpoint.json`,
    {
      ...settings,
      responses: options.responses,
      reading: reading(options),
      onto: loaded?.hash,
      inputs: inputs.map(({ sha256 }) => sha256),
    },
    options.resume ?? false,
  );
  const status = statusLine();
  const bank = await calibrateBank(matrix, {
    ...settings,
    threads: options.threads,
    inputs,
    keepResponses: options.responses,
    ...(loaded && { onto: { bank: loaded.bank, hash: loaded.hash } }),
    resuming: checkpoint,
    onProgress: (step, done, total) =>
      status.show(total === undefined ? step : `${step}, part ${done! + 1} of ${total}`),
  });
  status.stop();
  await saveBank(options.out, bank);
  checkpoint.remove();
  if (options.json) {
    const { candidates, fit, warnings } = bank;
    process.stdout.write(
      `${JSON.stringify({ bank: options.out, ...describeBank(bank), candidates, fit, flags: countFlags(bank), warnings })}\n`,
    );
    return;
  }
  const parts = [
    ...(bank.candidates.length > 0 ? [table(candidateTable(bank.candidates))] : []),
    table(fitTable(bank)),
    ...(bank.flags.some((list) => list.length > 0) ? [table(flagTable(bank))] : []),
    ...bank.warnings.map((warning) => `Warning: ${warning}.`),
    `${options.out}: ${bank.items.length} items, ${bank.subjects.length} subjects. tripos inspect ${options.out} shows more.`,
  ];
  process.stdout.write(`${parts.join("\n\n")}\n`);
}

/** What the responses depend on, beside the files. */
const reading = ({ repeats, subject, metric, filter, columns, rows }: Options) => ({
  repeats,
  subject,
  metric,
  filter,
  columns,
  rows,
});

const table = ({ columns, rows }: ReturnType<typeof fitTable>): string => textTable(columns, rows);
