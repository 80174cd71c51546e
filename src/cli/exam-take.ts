import { Command, Option } from "commander";
import {
  type AnswerLine,
  type ExamItem,
  type GraderSpec,
  parseGrader,
  questionsToTake,
  readExam,
  readQuestions,
  renderedPrompt,
  settledLines,
  takeExam,
} from "../exam/index.ts";
import { lineFile, readTextFile, writeWhole } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { addEndpointOptions, type EndpointCommandOptions, endpointOptions } from "./endpoint-options.ts";
import { sittingJson, sittingText } from "./exam-take-summary.ts";
import { progressBar } from "./progress.ts";

interface TakeCommandOptions extends EndpointCommandOptions {
  readonly questions?: string;
  readonly name?: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly fixed?: boolean;
  readonly template?: string;
  readonly grader?: string;
  readonly empty: "missing" | "wrong";
  readonly unparsed: "missing" | "wrong";
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `tripos exam take EXAM`: asks an OpenAI-compatible server, grades, records; can be killed and resumed. */
export function examTakeCommand(): Command {
  const command = new Command("take")
    .description("ask a model the questions of an exam and grade its answers")
    .argument("<exam>", "the exam (JSON, from tripos exam design)")
    .requiredOption("--out <file>", "where the answers go (JSON lines)")
    .option(
      "--questions <file>",
      "texts, choices and right answers (JSON or JSON lines); needed unless the exam holds them",
    )
    .option("--resume", "go on where an earlier run ended: nothing is asked twice")
    .option("--fixed", "ask the same questions of every model, many at once, though the exam is adaptive")
    .option("--name <name>", "name of the subject in the answers (default: the model's)")
    .option("--template <file>", "prompt with {{question}} and {{choices}}")
    .option(
      "--grader <name|json>",
      'how to grade where a question does not say: choice, exact, normalised, number, judge, command, or JSON such as {"type":"regex","pattern":"…"}',
    )
    .addOption(
      new Option("--empty <how>", "an empty answer counts as")
        .choices(["missing", "wrong"])
        .default("missing"),
    )
    .addOption(
      new Option("--unparsed <how>", "an answer in which the grader finds nothing counts as")
        .choices(["missing", "wrong"])
        .default("wrong"),
    )
    .option("--dry-run", "show the prompt of the first question and ask nothing")
    .option("--json", "print a summary as one JSON object");
  return addEndpointOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  tripos exam take exam.json --questions mmlu.jsonl --base-url http://127.0.0.1:8000/v1 --model llama --out answers.jsonl
  tripos exam take exam.json --questions mmlu.jsonl --base-url https://api.openai.com/v1 --model gpt-4o-mini --out answers.jsonl --resume`,
    )
    .action(take);
}

async function take(path: string, options: TakeCommandOptions): Promise<void> {
  const exam = readExam(readTextFile(path), path);
  const questions = questionsToTake(
    exam,
    questionTexts(exam, path, options),
    options.questions ?? path,
    options.fixed,
  );
  const asking = {
    ...endpointOptions(options),
    subject: options.name ?? options.model,
    empty: options.empty === "wrong" ? (0 as const) : null,
    unparsed: options.unparsed === "wrong" ? (0 as const) : null,
    ...(options.fixed && { fixed: true }),
    ...(options.template !== undefined && { template: readTextFile(options.template) }),
  };
  if (options.dryRun) {
    const prompt = renderedPrompt(questions[0], asking.template);
    const { item, grader } = questions[0];
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ questions: questions.length, item, prompt, grader })}\n`
        : `${prompt}\n\n(the prompt of ${item}, 1 of ${questions.length} questions, graded by ${grader.type}; nothing was asked)\n`,
    );
    return;
  }
  const file = lineFile(options.out);
  if (file.before.length > 0 && !options.resume)
    throw new InputError("there are answers in the file already", {
      source: options.out,
      found: `${file.before.length} lines`,
      hint: "Go on with --resume, or give another file with --out.",
    });
  if (file.cutOff > 0)
    process.stderr.write(`tripos: ${options.out}: the last line was cut off and is asked again\n`);
  const lines = file.open();
  const kept = new Set((file.before as { item?: unknown }[]).map(({ item }) => item));
  const bar = progressBar("asking", "questions");
  const interrupted = (): void => {
    bar.stop();
    lines.close();
    process.stderr.write(
      `tripos: stopped; ${kept.size} answers kept in ${options.out}${kept.size > 0 ? "; go on with --resume" : ""}\n`,
    );
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  try {
    const sitting = await takeExam(
      exam,
      questions,
      { ...asking, before: file.before as object[], progress: bar.update },
      (line) => {
        lines.append(line);
        kept.add(line.item);
      },
    );
    bar.stop();
    process.stdout.write(
      `${options.json ? JSON.stringify(sittingJson(sitting, options.out)) : sittingText(sitting, options)}\n`,
    );
    if (sitting.failed.length > 0) process.exitCode = 1;
  } finally {
    process.off("SIGINT", interrupted);
    bar.stop();
    lines.close();
    settle(options.out);
  }
}

/** Leaves one line for each answer: a judge's and a command's were recorded before they were graded, too. */
function settle(path: string): void {
  const lines = lineFile(path).before as Partial<AnswerLine>[];
  const settled = settledLines(lines);
  if (settled.length < lines.length)
    writeWhole(path, settled.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** The questions by their item: from their own file, or with the texts in the exam where the grader needs no answers. */
function questionTexts(
  exam: ReturnType<typeof readExam>,
  path: string,
  options: TakeCommandOptions,
): ReadonlyMap<string, ExamItem> {
  const grader = graderOf(options.grader);
  if (options.questions !== undefined)
    return readQuestions(readTextFile(options.questions), options.questions, grader);
  const inExam = [...exam.questions, ...(exam.adaptive?.questions ?? [])];
  if (
    !grader ||
    !["judge", "command", "regex"].includes(grader.type) ||
    inExam.some(({ text }) => text === undefined)
  )
    throw new InputError("the exam holds no right answers to grade by", {
      source: path,
      hint: "Give the questions with their answers: --questions FILE.",
    });
  return new Map(inExam.map(({ item, text }) => [item, { item, question: text as string, grader }]));
}

function graderOf(text: string | undefined): GraderSpec | undefined {
  if (text === undefined) return undefined;
  if (!text.startsWith("{")) return parseGrader(text, "--grader", "value");
  try {
    return parseGrader(JSON.parse(text), "--grader", "value");
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("this is not JSON", { source: "--grader", found: (error as Error).message });
  }
}
