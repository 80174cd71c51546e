import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { bankFiles, encodeBank, type ItemBank } from "../bank/index.ts";
import {
  type Answers,
  askedOf,
  itemsHash,
  leaderboard,
  type Method,
  matchAnswers,
  methods,
  type Pool,
  poolOfBank,
  readExam,
  type ScoreReport,
  Scorer,
  withSubject,
} from "../exam/index.ts";
import { sourcesAt, writeFolder, writeWhole } from "../files/index.ts";
import { memorySource, readText, type Source } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { leaderboardReport, textTable } from "../report/index.ts";
import { readResponses } from "../responses/index.ts";
import { bankAt } from "./bank-folder.ts";

/** A bank, and what exams know it by. */
interface ExaminedBank {
  readonly bank: ItemBank;
  readonly hash: string;
}

interface ScoreCommandOptions {
  readonly exam?: string;
  readonly method?: Method | "stacked";
  readonly ignoreUnknown?: boolean;
  readonly add?: boolean;
  readonly json?: boolean;
  readonly report?: string;
}

/** `tripos exam score BANK ANSWERS…`: ability, person fit and the score of every scenario with its interval. */
export function examScoreCommand(): Command {
  return new Command("score")
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
    .option("--json", 'print one JSON object (of one subject), or {"subjects": […]} of several')
    .addHelpText(
      "after",
      `
Examples:
  tripos exam score bank answers.jsonl --exam exam.json
  tripos exam score bank a.jsonl b.jsonl --json
  tripos exam score bank leaderboard.csv --report board.html`,
    )
    .action(async (path: string, files: readonly string[], options: ScoreCommandOptions) => {
      const { bank } = await bankAt(path);
      const loaded = { bank, hash: await itemsHash(bank) };
      const pool = poolOfBank(loaded.bank, path);
      const exam = options.exam === undefined ? undefined : examFor(options.exam, pool, loaded);
      const answers = await answersIn(files, loaded, options.ignoreUnknown ?? false);
      const scorer = new Scorer(pool, {
        ...(exam && { exam }),
        ...(options.method && { method: options.method }),
      });
      const reports = answers.map((subject) => scorer.score(subject));
      if (options.report !== undefined)
        writeWhole(
          options.report,
          leaderboardReport(reports, { bank: path, questions: loaded.bank.items.length }),
        );
      if (options.add) {
        const grown = answers.reduce(withSubject, loaded.bank);
        writeFolder(path, await encodeBank(grown), bankFiles);
        process.stderr.write(
          `tripos: ${answers.length} added to ${path}, which knows ${grown.subjects.length} subjects now\n`,
        );
      }
      process.stdout.write(
        options.json
          ? `${JSON.stringify(reports.length === 1 ? reports[0] : { subjects: reports, leaderboard: leaderboard(reports, pool.scenarios.length - 1) })}\n`
          : `${reports.length === 1 ? oneText(reports[0]) : boardText(reports)}\n`,
      );
    });
}

function examFor(file: string, pool: Pool, { hash }: ExaminedBank) {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError("the exam cannot be read", { source: file, found: (error as Error).message });
  }
  const exam = readExam(text, file);
  if (exam.bank !== hash)
    throw new InputError("the exam was made for another bank", {
      source: file,
      field: "bank",
      found: exam.bank.slice(0, 12),
      expected: hash.slice(0, 12),
      hint: "Score against the bank that it was designed from, or design it again.",
    });
  return { asked: askedOf(exam, pool), assessment: exam.assessment };
}

async function answersIn(
  files: readonly string[],
  { bank, hash }: ExaminedBank,
  ignoreUnknown: boolean,
): Promise<readonly Answers[]> {
  const found: Answers[] = [];
  const sources = await Promise.all((await sourcesAt(files)).map((source) => wholeLines(source, hash)));
  const { matrix, counts, warnings } = await readResponses(sources);
  for (const warning of warnings) process.stderr.write(`tripos: ${warning}\n`);
  if (counts.duplicates > 0)
    process.stderr.write(
      `tripos: ${counts.duplicates} questions were answered again; the mean of the answers counts\n`,
    );
  const { answers, unknown } = matchAnswers(matrix, bank.items, files.join(", "), {
    hard: bank.scoring === "hard",
    ignoreUnknown,
  });
  if (unknown.length > 0)
    process.stderr.write(`tripos: ${unknown.length} questions that the bank does not have were left out\n`);
  found.push(...answers);
  return found;
}

/** A file of lines that was cut off in the middle of one counts up to there; answers for another bank are refused. */
async function wholeLines(source: Source, hash: string): Promise<Source> {
  if (!/\.jsonl$/.test(source.name)) return source;
  const text = await readText(source);
  const end = text.lastIndexOf("\n") + 1;
  const tail = text.slice(end);
  let kept = text;
  if (tail.trim() !== "")
    try {
      JSON.parse(tail);
    } catch {
      kept = text.slice(0, end);
      process.stderr.write(
        `tripos: ${source.name}: the last line is cut off and was left out (${tail.length} characters); the others count\n`,
      );
    }
  const bank = /"bank"\s*:\s*"([0-9a-f]{12,64})"/.exec(
    kept.slice(0, kept.indexOf("\n") + 1 || undefined),
  )?.[1];
  if (bank !== undefined && !hash.startsWith(bank) && !bank.startsWith(hash))
    throw new InputError("these answers are to an exam of another bank", {
      source: source.name,
      field: "bank",
      found: bank.slice(0, 12),
      expected: hash.slice(0, 12),
    });
  return memorySource(source.name, kept);
}

function oneText({ subject, ability, abilitySE, personFit, scenarios, warnings }: ScoreReport): string {
  const shown = ability.slice(0, 5).map((x, j) => `${x.toFixed(2)} ± ${abilitySE[j].toFixed(2)}`);
  const table = textTable(
    [
      { title: "scenario", maxWidth: 40 },
      { title: "answered" },
      { title: "score %", digits: 1 },
      { title: "95 % interval", align: "right" as const },
      { title: "by" },
      { title: "anchor", digits: 1 },
      { title: "p-IRT", digits: 1 },
      { title: "gp-IRT", digits: 1 },
      { title: "mean", digits: 1 },
    ],
    scenarios.map((s) => [
      s.name,
      s.answered,
      100 * s.estimate,
      `${(100 * s.interval[0]).toFixed(1)} – ${(100 * s.interval[1]).toFixed(1)}`,
      s.method,
      100 * s.anchor,
      100 * s.pIRT,
      100 * s.gpIRT,
      100 * s.mean,
    ]),
  );
  const lines = [
    `${subject}: ability ${shown.join(", ")}${ability.length > 5 ? ", …" : ""}, person fit l_z* ${personFit === null ? "–" : personFit.toFixed(2)}`,
    table,
    ...warnings.map((warning) => `! ${warning}`),
  ];
  return lines.join("\n");
}

function boardText(reports: readonly ScoreReport[]): string {
  const last = reports[0].scenarios.length - 1;
  const rows = leaderboard(reports, last).map((s) => [
    s.rank,
    s.subject,
    100 * s.estimate,
    `${(100 * s.interval[0]).toFixed(1)} – ${(100 * s.interval[1]).toFixed(1)}`,
    `${s.rankInterval[0]}–${s.rankInterval[1]}`,
    s.aboveNext,
    s.answered,
    s.warnings.length > 0 ? "!" : "",
  ]);
  return textTable(
    [
      { title: "rank" },
      { title: "model", maxWidth: 40 },
      { title: `${reports[0].scenarios[last].name} %`, digits: 1 },
      { title: "95 % interval", align: "right" as const },
      { title: "ranks" },
      { title: "P(above next)", digits: 2 },
      { title: "answered" },
      { title: "" },
    ],
    rows,
  );
}
