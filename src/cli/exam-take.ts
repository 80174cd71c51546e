import { Command, Option } from "commander";
import {
  type AdaptiveDesign,
  type AnswerLine,
  type ExamItem,
  type GraderSpec,
  parseGrader,
  questionsToTake,
  readExam,
  readQuestions,
  renderedPrompt,
  type Sitting,
  settledLines,
  type TakeOptions,
  takeExam,
} from "../exam/index.ts";
import { type LineFile, lineFile, readTextFile } from "../files/index.ts";
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

async function take(path: string, options: TakeCommandOptions, command: Command): Promise<void> {
  const exam = readExam(readTextFile(path), path);
  const source = options.questions ?? path;
  const questions = questionsToTake(exam, questionTexts(exam, path, options), source, options.fixed);
  const asking = askingOptions(options);
  if (options.dryRun) {
    process.stdout.write(dryRun(questions, asking, options.json));
    return;
  }
  const file = lineFile(options.out);
  if (file.before.length > 0 && !options.resume)
    throw new InputError("there are answers in the file already", {
      source: options.out,
      found: `${file.before.length} lines`,
      hint: "Go on with --resume, or give another file with --out.",
    });
  if (file.cutOff > 0) tell(`${options.out}: the last line was cut off and is asked again`);
  if (exam.adaptive && !options.fixed) tellAdaptive(exam.adaptive, questions.length, options, command);
  const sitting = await recorded(file, options.out, (before, record, progress) =>
    takeExam(exam, questions, { ...asking, before, progress }, record),
  );
  process.stdout.write(
    `${options.json ? JSON.stringify(sittingJson(sitting, options.out)) : sittingText(sitting, options)}\n`,
  );
  if (sitting.failed.length > 0) process.exitCode = 1;
}

function askingOptions(options: TakeCommandOptions): TakeOptions {
  return {
    ...endpointOptions(options),
    subject: options.name ?? options.model,
    empty: options.empty === "wrong" ? 0 : null,
    unparsed: options.unparsed === "wrong" ? 0 : null,
    ...(options.fixed && { fixed: true }),
    ...(options.template !== undefined && { template: readTextFile(options.template) }),
  };
}

function dryRun(questions: readonly ExamItem[], { template }: TakeOptions, json = false): string {
  const [first] = questions;
  const { item, grader } = first;
  const prompt = renderedPrompt(first, template);
  return json
    ? `${JSON.stringify({ questions: questions.length, item, prompt, grader })}\n`
    : `${prompt}\n\n(the prompt of ${item}, 1 of ${questions.length} questions, graded by ${grader.type}; nothing was asked)\n`;
}

const tell = (text: string): boolean => process.stderr.write(`tripos: ${text}\n`);

/** What a user should know before an adaptive exam that takes long, or chooses among fewer questions. */
function tellAdaptive(
  { questions }: AdaptiveDesign,
  found: number,
  { json, concurrency }: TakeCommandOptions,
  command: Command,
): void {
  const asked = command.getOptionValueSource("concurrency") === "cli" && concurrency > 1;
  if (!json || asked)
    tell(
      `this exam asks one question at a time, each chosen by the answers before it${asked ? `: --concurrency ${concurrency} has no effect` : ""}; --fixed asks many at once`,
    );
  if (found < questions.length)
    tell(
      `${questions.length - found} of the ${questions.length} questions that it chooses among are not in the file: it chooses among ${found}`,
    );
}

/** Takes an exam into a file; Ctrl-C leaves there what was answered. */
async function recorded(
  file: LineFile,
  out: string,
  sit: (
    before: readonly object[],
    record: (line: AnswerLine) => void,
    progress: (done: number, total: number) => void,
  ) => Promise<Sitting>,
): Promise<Sitting> {
  const before = file.before as Partial<AnswerLine>[];
  const kept = new Set(before.map(({ item }) => item));
  const lines = file.open();
  const bar = progressBar("asking", "questions");
  const interrupted = (): void => {
    bar.stop();
    lines.close();
    tell(`stopped; ${kept.size} answers kept in ${out}${kept.size > 0 ? "; go on with --resume" : ""}`);
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  const record = (line: AnswerLine): void => {
    lines.append(line);
    kept.add(line.item);
  };
  try {
    return await sit(before, record, bar.update);
  } finally {
    process.off("SIGINT", interrupted);
    bar.stop();
    // A judge's and a command's answers were recorded before they were graded, too.
    lines.close((all) => settledLines(all as Partial<AnswerLine>[]));
  }
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
