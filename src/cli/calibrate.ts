import { Command, Option } from "commander";
import { type CalibrationOptions, calibrateBank, scoredAs, scoringOf } from "../bank/index.ts";
import { dimensionsByValidation } from "../exam/index.ts";
import { InputError } from "../input-error.ts";
import { candidateTable, textTable } from "../report/index.ts";
import { binarisingThresholds, type ResponseMatrix } from "../responses/index.ts";
import { bankAt, checkBankOutput, saveBank } from "./bank-folder.ts";
import { countFlags, describeBank, fitTable, flagTable } from "./bank-text.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { counted } from "./counted.ts";
import { checkNoInput } from "./no-input.ts";
import { realNumber, seedOption, threadsOption, wholeNumber } from "./options.ts";
import { type ResponseFileOptions, responseFileOptions } from "./responses.ts";
import { warnOfRowNames } from "./row-names.ts";
import { readScoredFiles } from "./scored-files.ts";
import type { Scoring } from "./scoring-suffix.ts";
import { statusLine } from "./status.ts";
import { version } from "./version.ts";

interface Options extends ResponseFileOptions, Pick<CalibrationOptions, "model" | "engine"> {
  readonly dims: number | "auto" | "validation";
  readonly out: string;
  readonly seed: number;
  readonly scoring?: Scoring;
  readonly guessing?: number;
  readonly heldOut?: true;
  readonly binarise?: true;
  readonly threads: number;
  readonly resume?: true;
  readonly onto?: string;
  readonly responses: boolean;
  readonly json?: true;
}

/** `tripos calibrate FILE… --out BANK` */
export function calibrateCommand(): Command {
  const dims = wholeNumber("--dims", 1, 1000, ", auto or validation");
  const command = new Command("calibrate")
    .description("estimate an item bank from responses: parameters, abilities, their uncertainty and fit")
    .argument("<file...>", "responses in any supported format, or folders of them; FILE:hard or FILE:score")
    .requiredOption("--out <bank>", "folder for the item bank")
    .addOption(
      new Option(
        "--model <family>",
        "item response model (2pl; auto for whole points); auto compares 1pl, 2pl and, with 200 subjects, 3pl, or graded and gpcm",
      ).choices(["rasch", "1pl", "2pl", "3pl", "4pl", "graded", "gpcm", "auto"]),
    )
    .option(
      "--dims <n>",
      "dimensions of ability; auto by held-out likelihood; validation: 2, 5, 10 or 15 by the error of foretold scores, as tinyBenchmarks does",
      (text) => (text === "auto" || text === "validation" ? text : dims(text)),
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
        "hard: a score above 0 is right (default, but for whole points); score: the number itself",
      ).choices(["hard", "score"]),
    )
    .option(
      "--binarise",
      "continuous scores become right or wrong at each scenario's threshold that keeps its mean",
    )
    .option(
      "--guessing <p>",
      "lower asymptote of every item of a 3pl or 4pl, known rather than estimated: 1 / number of options",
      realNumber("--guessing", 0, 1),
    )
    .option(
      "--held-out",
      "measure the held-out likelihood also where --model and --dims leave nothing to compare",
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
  tripos calibrate rouge.csv --out bank --binarise --dims validation
  tripos calibrate new-items.csv --onto bank --out bigger-bank`,
    )
    .action(run);
  for (const option of responseFileOptions()) command.addOption(option);
  return command;
}

async function run(files: readonly string[], options: Options): Promise<void> {
  checkBankOutput(options.out);
  if (options.onto !== undefined) checkNoInput(options.out, [options.onto], "folder");
  const {
    matrix: given,
    rightOrWrong,
    inputs,
    naming,
    summary,
    scoring: said,
  } = await readScoredFiles(files, options);
  if (options.scoring && said && options.scoring !== said)
    throw new InputError("the file and the option say different things", {
      source: "--scoring",
      found: options.scoring,
      expected: said,
    });
  const scoring = options.scoring ?? said;
  if (options.binarise && scoring === "score")
    throw new InputError("the score itself and right or wrong exclude each other", {
      source: "--binarise",
      found: "--scoring score",
    });
  const loaded = options.onto === undefined ? undefined : await bankAt(options.onto);
  if (loaded) warnOfRowNames(loaded.bank, given);
  if (!options.json) process.stderr.write(`${summary}\n`);
  const { model, engine, seed, binarise } = options;
  const rule = scoringOf(
    {
      ...(model && { model }),
      ...(scoring && { scoring }),
      ...(loaded && { onto: loaded }),
      ...(binarise && { binarise }),
    },
    given,
  );
  const thresholded = binarise || loaded?.bank.thresholds;
  const matrix = rule === "hard" && !thresholded ? await rightOrWrong() : given;
  const thresholds = options.binarise && binarisingThresholds(matrix);
  const dims =
    options.dims === "validation"
      ? await naming(() =>
          validatedDims(scoredAs({ scoring: scoring ?? "hard", ...(thresholds && { thresholds }) }, matrix)),
        )
      : options.dims;
  const settings = {
    ...(model && { model }),
    dims,
    ...(engine && { engine }),
    ...(scoring && { scoring }),
    ...(options.binarise && { binarise: true }),
    ...(options.guessing !== undefined && { guessing: options.guessing }),
    ...(options.heldOut && { heldOut: true }),
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
  const stopListening = checkpoint.announceOnInterrupt();
  const bank = await naming(() =>
    calibrateBank(matrix, {
      ...settings,
      threads: options.threads,
      inputs,
      keepResponses: options.responses,
      ...(loaded && { onto: { bank: loaded.bank, hash: loaded.hash } }),
      resuming: checkpoint,
      onProgress: (step, done, total, unit) => {
        if (done === undefined || total === undefined) status.show(step);
        else if (unit === "iterations") status.show(`${step} of at most ${total}`, { done, total });
        else status.show(`${step}, part ${done + 1} of ${total}`);
      },
    }),
  );
  status.stop();
  stopListening();
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
    `${options.out}: ${counted(bank.items.length, "item")}, ${counted(bank.subjects.length, "subject")}. tripos inspect ${options.out} shows more.`,
  ];
  process.stdout.write(`${parts.join("\n\n")}\n`);
}

function validatedDims(responses: ResponseMatrix): number {
  const { dims, candidates, errors } = dimensionsByValidation(responses);
  const list = candidates.map((d, k) => `${d} dimensions ${errors[k].toFixed(4)}`).join(", ");
  process.stderr.write(`tripos: mean error of held-out subjects' scores: ${list}\n`);
  return dims;
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
