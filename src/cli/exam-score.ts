import { Command, Option } from "commander";
import { bankFiles, encodeBank } from "../bank/index.ts";
import {
  exactNote,
  examInPool,
  itemsHash,
  leaderboard,
  type Method,
  methods,
  type Pool,
  poolOfBank,
  readAnswers,
  readExam,
  type ScoreReport,
  Scorer,
  withSubject,
} from "../exam/index.ts";
import { readTextFile, sourcesAt, writeFolder, writeWhole } from "../files/index.ts";
import { leaderboardReport, scenarioTable, standingTable, textTable } from "../report/index.ts";
import { bankAt } from "./bank-folder.ts";
import { type ResponseFileOptions, responseFileOptions } from "./responses.ts";

interface ScoreCommandOptions extends ResponseFileOptions {
  readonly exam?: string;
  readonly method?: Method | "stacked";
  readonly ignoreUnknown?: boolean;
  readonly add?: boolean;
  readonly json?: boolean;
  readonly report?: string;
}

/** `tripos exam score BANK ANSWERS…`: ability, person fit and the score of every scenario with its interval. */
export function examScoreCommand(): Command {
  const command = new Command("score")
    .description("score answers against an item bank; several subjects give a leaderboard")
    .argument("<bank>", "folder of the item bank")
    .argument("<answers...>", "files of answers in any supported format")
    .option("--exam <file>", "the exam that was taken: its anchor weights, and intervals measured for it")
    .addOption(
      new Option(
        "--method <name>",
        "estimate by this method instead of the one with the least measured error",
      ).choices([...methods, "stacked"]),
    )
    .option("--ignore-unknown", "leave out answers to questions that the bank does not have")
    .option("--add", "put the subjects, with their answers and abilities, into the bank")
    .option("--report <file>", "write the leaderboard as an HTML page")
    .option("--json", 'print one JSON object (of one subject), or {"subjects": […]} of several');
  for (const option of responseFileOptions()) command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
Examples:
  tripos exam score bank answers.jsonl --exam exam.json
  tripos exam score bank a.jsonl b.jsonl --json
  tripos exam score bank leaderboard.csv --report board.html
  tripos exam score bank results/ --metric exact_match --filter flexible-extract`,
    )
    .action(score);
}

async function score(
  path: string,
  files: readonly string[],
  options: ScoreCommandOptions,
  command: Command,
): Promise<void> {
  const { bank } = await bankAt(path);
  const hash = await itemsHash(bank);
  const pool = poolOfBank(bank, path);
  const exam = options.exam === undefined ? undefined : examFor(options.exam, pool, hash);
  const { answers, notes } = await readAnswers(
    await sourcesAt(files),
    { items: bank.items, hash, hard: bank.scoring === "hard" },
    { ...options, pooled: command.getOptionValueSource("repeats") === "cli" },
  );
  for (const note of notes) process.stderr.write(`tripos: ${note}\n`);
  const scorer = new Scorer(pool, {
    ...(exam && { exam }),
    ...(options.method && { method: options.method }),
  });
  const reports = answers.map((subject) => scorer.score(subject));
  // The bank's subjects are checked before anything is written.
  const grown = options.add ? answers.reduce(withSubject, bank) : undefined;
  if (options.report !== undefined)
    writeWhole(options.report, leaderboardReport(reports, { bank: path, questions: bank.items.length }));
  if (grown) {
    writeFolder(path, await encodeBank(grown), bankFiles);
    process.stderr.write(
      `tripos: ${answers.length} added to ${path}, which knows ${grown.subjects.length} subjects now\n`,
    );
  }
  const several = { subjects: reports, leaderboard: leaderboard(reports, pool.scenarios.length - 1) };
  const [first] = reports;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(reports.length === 1 ? first : several)}\n`
      : `${reports.length === 1 ? oneText(first) : boardText(reports)}\n`,
  );
}

function examFor(file: string, pool: Pool, hash: string) {
  return examInPool(readExam(readTextFile(file), file), pool, hash, file);
}

function oneText(report: ScoreReport): string {
  const { subject, ability, abilitySE, personFit, warnings } = report;
  const shown = ability.slice(0, 5).map((x, j) => `${x.toFixed(2)} ± ${abilitySE[j].toFixed(2)}`);
  const { columns, rows } = scenarioTable([report]);
  return [
    `${subject}: ability ${shown.join(", ")}${ability.length > 5 ? ", …" : ""}, person fit l_z* ${personFit === null ? "–" : personFit.toFixed(2)}`,
    textTable(columns, rows),
    ...[exactNote([report]) ?? []].flat(),
    ...warnings.map((warning) => `! ${warning}`),
  ].join("\n");
}

function boardText(reports: readonly ScoreReport[]): string {
  const last = reports[0].scenarios.length - 1;
  const { columns, rows } = standingTable(leaderboard(reports, last));
  return [
    textTable(columns, rows),
    ...[exactNote(reports) ?? []].flat(),
    ...reports.flatMap(({ subject, warnings }) => warnings.map((warning) => `! ${subject}: ${warning}`)),
  ].join("\n");
}
