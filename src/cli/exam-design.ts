import { Command, Option } from "commander";
import {
  type AdaptiveCriterion,
  type Assessment,
  adaptiveCriteria,
  type DesignMethod,
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
  readonly clustering: "irt" | "correct.";
  readonly out: string;
  readonly seed: number;
  readonly atLeast: Readonly<Record<string, number>>;
  readonly never: readonly string[];
  readonly costs?: string;
  readonly budget?: number;
  readonly exposure?: number;
  readonly assess: boolean;
  readonly criterion: AdaptiveCriterion;
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
      new Option("--clustering <what>", "what anchors cluster").choices(["irt", "correct."]).default("irt"),
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
      new Option("--criterion <name>", "what the next question of an adaptive exam makes large")
        .choices(adaptiveCriteria)
        .default("score"),
    )
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
    .action(async (path: string, options: DesignCommandOptions) => {
      const { bank } = await bankAt(path);
      const hash = await itemsHash(bank);
      const pool = poolOfBank(bank, path);
      const count = options.count ?? Math.min(100, bank.items.length);
      if (count > bank.items.length)
        throw new InputError("the exam would be longer than the bank", {
          source: "--count",
          found: String(count),
          expected: `at most ${bank.items.length}`,
        });
      const index = new Map(bank.items.map((item, i) => [item, i]));
      const never = options.never.map((item) => {
        const i = index.get(item);
        if (i === undefined)
          throw new InputError("the bank has no such question", { source: "--never", found: item });
        return i;
      });
      const exam = designExam(pool, hash, {
        count,
        method: options.method,
        clustering: options.clustering,
        seed: options.seed,
        assessed: options.assess,
        ...(bank.texts && { texts: bank.texts }),
        adaptive: {
          criterion: options.criterion,
          stop: {
            ...(options.stopSe !== undefined && { standardError: options.stopSe }),
            ...(options.stopCost !== undefined && { cost: options.stopCost }),
            ...(options.stopSeconds !== undefined && { seconds: options.stopSeconds }),
          },
        },
        constraints: {
          never,
          atLeast: options.atLeast,
          ...(options.costs !== undefined && { costs: await itemCosts(options.costs, bank) }),
          ...(options.budget !== undefined && { budget: options.budget }),
          ...(options.exposure && { exposure: { among: options.exposure, seed: options.seed } }),
        },
      });
      writeWhole(options.out, writeExam(exam));
      process.stdout.write(
        `${options.json ? JSON.stringify(designJson(exam, options.out)) : designText(exam, options.out, pool.responses.subjects.length)}\n`,
      );
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
