import { Command, Option } from "commander";
import type { ItemBank } from "../bank/index.ts";
import {
  type AdaptiveCriterion,
  type Assessment,
  adaptiveCriteria,
  type DesignMethod,
  type DesignOptions,
  designExam,
  type Exam,
  itemsHash,
  poolOfBank,
  writeExam,
} from "../exam/index.ts";
import { writeWhole } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { textTable } from "../report/index.ts";
import { bankAt } from "./bank-folder.ts";
import { itemCosts } from "./item-costs.ts";
import { realNumber, seedOption, wholeNumber } from "./options.ts";

interface DesignCommandOptions {
  readonly count?: number;
  readonly method: DesignMethod;
  readonly clustering?: "irt" | "correct.";
  readonly out: string;
  readonly seed: number;
  readonly atLeast: Readonly<Record<string, number>>;
  readonly never: readonly string[];
  readonly costs?: string;
  readonly budget?: number;
  readonly exposure?: number;
  readonly assess: boolean;
  readonly criterion?: AdaptiveCriterion;
  readonly balance?: true;
  readonly stopSe?: number;
  readonly stopCost?: number;
  readonly stopSeconds?: number;
  readonly json?: boolean;
}

/** `tripos exam design BANK`: the questions to ask, and what their answers will be worth. */
export function examDesignCommand(): Command {
  return new Command("design")
    .description("choose the questions of an exam from an item bank")
    .argument("<bank>", "folder of the item bank")
    .option(
      "--count <n>",
      "number of questions (default: 100, or all if the bank has fewer)",
      wholeNumber("--count", 1),
    )
    .addOption(
      new Option(
        "--method <name>",
        "readout: those that best foretell the score; information: those that measure ability best; anchors: tinyBenchmarks' k-means; random: a control; adaptive: each chosen by the answers so far; auto: readout, or adaptive where that errs less on the bank's subjects",
      )
        .choices(["auto", "readout", "information", "anchors", "random", "adaptive"])
        .default("auto"),
    )
    .addOption(
      new Option("--clustering <what>", "what anchors cluster (default: irt)").choices(["irt", "correct."]),
    )
    .option("--at-least <scenario=n>", "at least so many questions of a scenario (repeatable)", leastOf, {})
    .option(
      "--never <item>",
      "a question never to ask (repeatable)",
      (item: string, all: string[]) => [...all, item],
      [],
    )
    .option(
      "--costs <what>",
      "weigh by cost: `length` of the question's text, `observed` in the bank's responses, a number for all, or a file (JSON object, or CSV lines item,cost)",
    )
    .option(
      "--budget <cost>",
      "bound on the sum of the costs (needs --costs)",
      realNumber("--budget", 0, Number.MAX_VALUE),
    )
    .option(
      "--exposure <n>",
      "draw each question at random among the n best, for exams used often",
      wholeNumber("--exposure", 1),
    )
    .addOption(
      new Option(
        "--criterion <name>",
        "what the next question of an adaptive exam makes large (default: score)",
      ).choices(adaptiveCriteria),
    )
    .option("--balance", "ask adaptively of each scenario the share that it has of the bank")
    .option(
      "--stop-se <x>",
      "end an adaptive exam at this standard error of the ability",
      realNumber("--stop-se", 0, 10),
    )
    .option("--stop-cost <dollars>", "end it at this cost", realNumber("--stop-cost", 0, 1e9))
    .option(
      "--stop-seconds <s>",
      "end it after so many seconds of answering",
      realNumber("--stop-seconds", 0, 1e9),
    )
    .option("--no-assess", "leave out the cross-validation over the bank's subjects")
    .addOption(seedOption("all that is random"))
    .requiredOption("--out <file>", "where the exam goes (JSON)")
    .option("--json", "print the errors of each method as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos exam design bank --count 100 --out exam.json
  tripos exam design bank --count 30 --at-least logic=10 --costs length --budget 5000 --out exam.json`,
    )
    .action(design);
}

async function design(path: string, options: DesignCommandOptions): Promise<void> {
  const { bank } = await bankAt(path);
  const pool = poolOfBank(bank, path);
  const exam = designExam(pool, await itemsHash(bank), await designOptions(bank, options));
  writeWhole(options.out, writeExam(exam));
  const unused = exam.adaptive ? [] : rulesOf(options);
  if (unused.length > 0)
    process.stderr.write(
      `tripos: fixed questions err less here, and ${unused.join(", ")} has no effect on them; --method adaptive keeps it\n`,
    );
  process.stdout.write(
    `${options.json ? JSON.stringify(designJson(exam, options.out)) : designText(exam, options.out, pool.responses.subjects.length)}\n`,
  );
}

/** Options that only an adaptive exam keeps. */
function rulesOf({ criterion, stopSe, stopCost, stopSeconds, balance }: DesignCommandOptions): string[] {
  const given = {
    "--criterion": criterion,
    "--stop-se": stopSe,
    "--stop-cost": stopCost,
    "--stop-seconds": stopSeconds,
    "--balance": balance,
  };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

async function designOptions(bank: ItemBank, options: DesignCommandOptions): Promise<DesignOptions> {
  const { method, clustering, criterion, balance, seed, atLeast, costs, budget, exposure } = options;
  return {
    count: countOf(bank, options.count),
    method,
    ...(clustering && { clustering }),
    seed,
    assessed: options.assess,
    ...(bank.texts && { texts: bank.texts }),
    adaptive: {
      ...(criterion && { criterion }),
      ...(balance && { balance }),
      stop: {
        ...(options.stopSe !== undefined && { standardError: options.stopSe }),
        ...(options.stopCost !== undefined && { cost: options.stopCost }),
        ...(options.stopSeconds !== undefined && { seconds: options.stopSeconds }),
      },
    },
    constraints: {
      never: indicesOf(bank, options.never),
      atLeast,
      ...(costs !== undefined && { costs: await itemCosts(costs, bank) }),
      ...(budget !== undefined && { budget }),
      ...(exposure && { exposure: { among: exposure, seed } }),
    },
  };
}

function countOf({ items }: ItemBank, given: number | undefined): number {
  const count = given ?? Math.min(100, items.length);
  if (count > items.length)
    throw new InputError("the exam would be longer than the bank", {
      source: "--count",
      found: String(count),
      expected: `at most ${items.length}`,
    });
  return count;
}

function indicesOf({ items }: ItemBank, never: readonly string[]): number[] {
  const index = new Map(items.map((item, i) => [item, i]));
  return never.map((item) => {
    const i = index.get(item);
    if (i === undefined)
      throw new InputError("the bank has no such question", { source: "--never", found: item });
    return i;
  });
}

function leastOf(text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const at = text.lastIndexOf("=");
  const least = Number(text.slice(at + 1));
  if (at < 1 || !Number.isInteger(least) || least < 0)
    throw new InputError("the value does not fit", {
      source: "--at-least",
      found: text,
      expected: "scenario=number",
    });
  return { ...before, [text.slice(0, at)]: least };
}

function designJson({ adaptive, selection, questions, assessment }: Exam, out: string): object {
  return {
    exam: out,
    questions: adaptive?.stop.most ?? questions.length,
    selection: adaptive ? "adaptive" : selection,
    scenarios: summary(adaptive ? adaptive.assessment : assessment),
    ...(adaptive && { fixed: { questions: questions.length, selection, scenarios: summary(assessment) } }),
  };
}

function summary(assessment: Assessment | undefined) {
  return assessment?.scenarios.map(({ name, best, errors }) => ({ name, method: best, errors }));
}

function designText(
  { adaptive, selection, questions, assessment }: Exam,
  out: string,
  subjects: number,
): string {
  const fixed = `${questions.length} questions chosen by ${selection}`;
  return [
    adaptive
      ? `at most ${adaptive.stop.most} of ${adaptive.questions.length} questions, each chosen by the answers before it; written to ${out}\n(take --fixed asks ${fixed} instead, the same of every model and many at once)`
      : `${fixed}, written to ${out}`,
    ...(adaptive?.assessment
      ? [`\nTaken adaptively:\n${assessmentText(adaptive.assessment, subjects)}`]
      : []),
    ...(assessment
      ? [`\n${adaptive ? "Taken with --fixed:\n" : ""}${assessmentText(assessment, subjects)}`]
      : []),
  ].join("\n");
}

/** The error table, in points of a hundred. */
function assessmentText({ scenarios, folds }: Assessment, subjects: number): string {
  const columns = [
    { title: "scenario", maxWidth: 40 },
    { title: "method" },
    { title: "mean |error|", digits: 2 },
    { title: "± SE", digits: 2 },
    { title: "bias", digits: 2 },
    { title: "default" },
  ];
  const rows = scenarios.flatMap(({ name, errors, best }) =>
    errors.map(({ method, meanAbsoluteError, standardError, bias }) => [
      name,
      method,
      100 * meanAbsoluteError,
      100 * standardError,
      100 * bias,
      method === best ? "yes" : "",
    ]),
  );
  return `Errors in points, cross-validated over ${subjects} subjects in ${folds} folds:\n${textTable(columns, rows)}`;
}
