import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import {
  type AdministerOptions,
  type AnswerRecord,
  adaptiveSteps,
  administer,
  administerAdaptively,
  choiceTemplate,
  type Endpoint,
  type Exam,
  type ExamItem,
  type GraderSpec,
  judgeTemplate,
  NoReply,
  openTemplate,
  type Price,
  parseGrader,
  readExam,
  readQuestions,
} from "../exam/index.ts";
import { openLines } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { commandGrader } from "./command-grader.ts";
import { realNumber, wholeNumber } from "./options.ts";
import { priceOf } from "./prices.ts";
import { progressBar } from "./progress.ts";

interface TakeCommandOptions {
  readonly questions?: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly name?: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly api: "chat" | "completions";
  readonly system?: string;
  readonly template?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly param: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
  readonly timeout: number;
  readonly attempts: number;
  readonly keyEnv: string;
  readonly grader?: string;
  readonly graderCommand?: string;
  readonly judgeModel?: string;
  readonly judgeBaseUrl?: string;
  readonly judgeTemplate?: string;
  readonly prices?: string;
  readonly price?: Price;
  readonly empty: "missing" | "wrong";
  readonly unparsed: "missing" | "wrong";
  readonly json?: boolean;
}

/** `tripos exam take EXAM`: asks an OpenAI-compatible server, grades, records; can be killed and resumed. */
export function examTakeCommand(): Command {
  return new Command("take")
    .description("ask a model the questions of an exam and grade its answers")
    .argument("<exam>", "the exam (JSON, from tripos exam design)")
    .requiredOption("--base-url <url>", "OpenAI-compatible server, up to and including /v1")
    .requiredOption("--model <name>", "its model")
    .requiredOption("--out <file>", "where the answers go (JSON lines)")
    .option(
      "--questions <file>",
      "texts, choices and right answers (JSON or JSON lines); needed unless the exam holds them",
    )
    .option("--resume", "go on where an earlier run ended: nothing is asked twice")
    .option("--name <name>", "name of the subject in the answers (default: the model's)")
    .addOption(
      new Option("--api <kind>", "which of the server's APIs")
        .choices(["chat", "completions"])
        .default("chat"),
    )
    .option("--system <text>", "system message")
    .option("--template <file>", "prompt with {{question}} and {{choices}}")
    .option("--temperature <t>", "sampling temperature", realNumber("--temperature", 0, 10))
    .option("--max-tokens <n>", "bound on the answer's length", wholeNumber("--max-tokens", 1))
    .option("--param <key=json>", "a further field of the request (repeatable)", parameterOf, {})
    .option("--concurrency <n>", "questions under way at once", wholeNumber("--concurrency", 1, 1000), 8)
    .option("--timeout <s>", "seconds for one request", realNumber("--timeout", 0.001, 86_400), 120)
    .option("--attempts <n>", "requests for one question at most", wholeNumber("--attempts", 1, 100), 6)
    .option("--key-env <name>", "environment variable that holds the API key", "OPENAI_API_KEY")
    .option(
      "--grader <name|json>",
      'how to grade where a question does not say: choice, exact, normalised, number, judge, command, or JSON such as {"type":"regex","pattern":"…"}',
    )
    .option(
      "--grader-command <command>",
      "a program for the grader `command`: JSON on its standard input, a score from 0 to 1 on its output",
    )
    .option("--judge-model <name>", "model for the grader `judge`")
    .option("--judge-base-url <url>", "its server (default: the same)")
    .option("--judge-template <file>", "its prompt, with {{question}}, {{answer}} and {{response}}")
    .option(
      "--prices <file>",
      'price table, {"model": {"input": $, "output": $}} for a million tokens (JSON or YAML)',
    )
    .option("--price <in,out>", "dollars for a million tokens in and out", pricePair)
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
    .option("--json", "print a summary as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos exam take exam.json --questions mmlu.jsonl --base-url http://127.0.0.1:8000/v1 --model llama --out answers.jsonl
  tripos exam take exam.json --questions mmlu.jsonl --base-url https://api.openai.com/v1 --model gpt-4o-mini --out answers.jsonl --resume`,
    )
    .action(async (path: string, options: TakeCommandOptions) => {
      const exam = readExam(readText(path), path);
      const template = options.template === undefined ? undefined : readText(options.template);
      const templateOf = (question: ExamItem) =>
        template ?? (question.choices ? choiceTemplate : openTemplate);
      const questions = questionsOf(exam, path, options);
      const settings = settingsOf(exam, questions, template, options);
      const hash = sha256(JSON.stringify(settings));
      const subject = options.name ?? options.model;
      const file = openLines(options.out);
      try {
        const done = alreadyAnswered(file.before as readonly RecordedLine[], { hash, subject }, options);
        if (file.cutOff > 0)
          process.stderr.write(`tripos: ${options.out}: the last line was cut off and is asked again\n`);
        const left = questions.filter(({ item }) => !done.has(item));
        const total = exam.adaptive
          ? Math.min(exam.adaptive.stop.most ?? Infinity, questions.length)
          : questions.length;
        const bar = progressBar("asking", "questions");
        const totals = { prompt: 0, completion: 0, cost: 0, priced: false };
        const noted: AnswerRecord[] = [];
        let written = 0;
        const record = (answer: AnswerRecord) => {
          // The first line holds the settings that the others name by their hash.
          const isFirst = file.before.length + written === 0;
          file.append({ ...answer, bank: exam.bank, settings: hash, ...(isFirst && { taken: settings }) });
          written++;
          totals.prompt += answer.prompt_tokens ?? 0;
          totals.completion += answer.completion_tokens ?? 0;
          totals.cost += answer.cost ?? 0;
          totals.priced ||= answer.cost !== undefined;
          if (answer.note) noted.push(answer);
          bar.update(done.size + written, total);
        };
        bar.update(done.size, total);
        try {
          const asking = administerOptions(options, subject);
          const failed = exam.adaptive
            ? await takeAdaptively(
                exam,
                questions,
                templateOf,
                { ...asking, before: file.before as readonly AnswerRecord[] },
                record,
              )
            : (await administer(left, templateOf, { ...asking, concurrency: options.concurrency }, record))
                .failed;
          bar.stop();
          report(
            exam.adaptive ? done.size + written : total,
            done.size,
            written,
            failed,
            noted,
            totals,
            options,
          );
          if (failed.length > 0) process.exitCode = 1;
        } finally {
          bar.stop();
        }
      } finally {
        file.close();
      }
    });
}

async function takeAdaptively(
  exam: Exam,
  questions: readonly ExamItem[],
  templateOf: (question: ExamItem) => string,
  options: Parameters<typeof administerAdaptively>[3],
  record: (answer: AnswerRecord) => void,
): Promise<{ item: string; reason: string }[]> {
  const byItem = new Map(questions.map((question) => [question.item, question]));
  const inOrder = exam.questions.map(({ item }) => byItem.get(item));
  const absent = inOrder.flatMap((question, i) => (question ? [] : [i]));
  try {
    await administerAdaptively(adaptiveSteps(exam, absent), inOrder, templateOf, options, record);
    return [];
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    return [{ item: "the next question", reason: error.message }];
  }
}

interface RecordedLine {
  readonly subject?: string;
  readonly item?: string;
  readonly settings?: string;
}

function alreadyAnswered(
  before: readonly RecordedLine[],
  { hash, subject }: { readonly hash: string; readonly subject: string },
  { out, resume }: TakeCommandOptions,
): Set<string> {
  if (before.length === 0) return new Set();
  if (!resume)
    throw new InputError("there are answers in the file already", {
      source: out,
      found: `${before.length} lines`,
      hint: "Go on with --resume, or give another file with --out.",
    });
  const other = before.find((line) => line.settings !== hash || line.subject !== subject);
  if (other)
    throw new InputError("the answers in the file were made otherwise", {
      source: out,
      found: `subject ${other.subject ?? "unknown"}, settings ${String(other.settings).slice(0, 12)}`,
      expected: `subject ${subject}, settings ${hash.slice(0, 12)}`,
      hint: "Resume with the same exam, questions, model, prompt and parameters, or give another file with --out.",
    });
  return new Set(before.flatMap(({ item }) => (item === undefined ? [] : [item])));
}

function questionsOf(exam: Exam, path: string, options: TakeCommandOptions): ExamItem[] {
  const grader: GraderSpec | undefined =
    options.grader === undefined
      ? undefined
      : parseGrader(
          options.grader.startsWith("{") ? parseJson(options.grader, "--grader") : options.grader,
          "--grader",
          "value",
        );
  if (options.questions === undefined) {
    if (
      !grader ||
      !["judge", "command", "regex"].includes(grader.type) ||
      exam.questions.some(({ text }) => !text)
    )
      throw new InputError("the exam holds no right answers to grade by", {
        source: path,
        hint: "Give the questions with their answers: --questions FILE.",
      });
    return exam.questions.map(({ item, text }) => ({ item, question: text as string, grader }));
  }
  const found = readQuestions(readText(options.questions), options.questions, grader);
  const missing = exam.questions.filter(({ item }) => !found.has(item));
  // An adaptive exam chooses among those that are there.
  if (missing.length > 0 && !(exam.adaptive && missing.length < exam.questions.length))
    throw new InputError("questions of the exam are not in the file", {
      source: options.questions,
      found: `${missing.length} of ${exam.questions.length} missing: ${missing
        .slice(0, 5)
        .map(({ item }) => item)
        .join(", ")}${missing.length > 5 ? ", …" : ""}`,
    });
  return exam.questions.flatMap(({ item }) => found.get(item) ?? []);
}

/** What determines the answers, apart from chance: recorded with them, without the key. */
function settingsOf(
  exam: Exam,
  questions: readonly ExamItem[],
  template: string | undefined,
  options: TakeCommandOptions,
) {
  return {
    exam: sha256(JSON.stringify(exam.questions.map(({ item }) => item))),
    questions: sha256(JSON.stringify(questions)),
    model: options.model,
    server: new URL(checkedUrl(options.baseUrl)).host,
    api: options.api,
    template: template ?? { choices: choiceTemplate, open: openTemplate },
    ...(options.system !== undefined && { system: options.system }),
    parameters: parametersOf(options),
    ...(options.judgeModel !== undefined && {
      judge: {
        model: options.judgeModel,
        template: options.judgeTemplate ? readText(options.judgeTemplate) : judgeTemplate,
      },
    }),
    ...(options.graderCommand !== undefined && { graderCommand: options.graderCommand }),
    empty: options.empty,
    unparsed: options.unparsed,
  };
}

function parametersOf({
  temperature,
  maxTokens,
  param,
}: TakeCommandOptions): Readonly<Record<string, unknown>> {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...param,
  };
}

function administerOptions(options: TakeCommandOptions, subject: string): AdministerOptions {
  const apiKey = process.env[options.keyEnv];
  const endpoint: Endpoint = {
    baseUrl: checkedUrl(options.baseUrl),
    model: options.model,
    api: options.api,
    parameters: parametersOf(options),
    timeout: 1000 * options.timeout,
    attempts: options.attempts,
    ...(apiKey && { apiKey }),
    ...(options.system !== undefined && { system: options.system }),
  };
  return {
    endpoint,
    subject,
    empty: options.empty === "wrong" ? 0 : null,
    unparsed: options.unparsed === "wrong" ? 0 : null,
    price:
      options.price ??
      (options.prices === undefined
        ? undefined
        : priceOf(readText(options.prices), options.prices, options.model)),
    ...(options.graderCommand !== undefined && { command: commandGrader(options.graderCommand) }),
    ...(options.judgeModel !== undefined && {
      judge: {
        endpoint: {
          ...endpoint,
          model: options.judgeModel,
          baseUrl: options.judgeBaseUrl === undefined ? endpoint.baseUrl : checkedUrl(options.judgeBaseUrl),
          parameters: { temperature: 0 },
        },
        ...(options.judgeTemplate !== undefined && { template: readText(options.judgeTemplate) }),
      },
    }),
  };
}

function report(
  total: number,
  before: number,
  asked: number,
  failed: readonly { readonly item: string; readonly reason: string }[],
  noted: readonly AnswerRecord[],
  totals: {
    readonly prompt: number;
    readonly completion: number;
    readonly cost: number;
    readonly priced: boolean;
  },
  { out, json, unparsed, empty }: TakeCommandOptions,
): void {
  if (json) {
    const { prompt, completion, cost, priced } = totals;
    process.stdout.write(
      `${JSON.stringify({
        questions: total,
        before,
        asked,
        failed,
        empty: noted.filter(({ note }) => note === "empty").map(({ item }) => item),
        unparsed: noted.filter(({ note }) => note === "unparsed").map(({ item }) => item),
        promptTokens: prompt,
        completionTokens: completion,
        cost: priced ? cost : null,
        out,
      })}\n`,
    );
    return;
  }
  const lines = [
    `${asked} questions asked${before > 0 ? `, ${before} answered before` : ""}, ${total} in all; answers in ${out}`,
    ...(totals.prompt + totals.completion > 0
      ? [
          `${totals.prompt} tokens in, ${totals.completion} out${totals.priced ? `, $${totals.cost.toFixed(4)}` : ""}`,
        ]
      : []),
    ...noted.map(({ item, note, output }) =>
      note === "empty"
        ? `! ${item}: empty answer, counted as ${empty}`
        : `! ${item}: no answer found, counted as ${unparsed}: ${JSON.stringify(output.slice(0, 100))}`,
    ),
    ...failed.map(({ item, reason }) => `! ${item}: not answered: ${reason}`),
    ...(failed.length > 0 ? [`Take it again with --resume for the ${failed.length} that are missing.`] : []),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function parameterOf(
  text: string,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const at = text.indexOf("=");
  if (at < 1)
    throw new InputError("the value does not fit", { source: "--param", found: text, expected: "key=json" });
  const value = text.slice(at + 1);
  try {
    return { ...before, [text.slice(0, at)]: JSON.parse(value) };
  } catch {
    return { ...before, [text.slice(0, at)]: value };
  }
}

function pricePair(text: string): Price {
  const [input, output] = text.split(",").map(Number);
  if (!(input >= 0 && output >= 0))
    throw new InputError("the value does not fit", {
      source: "--price",
      found: text,
      expected: "two numbers, in,out",
    });
  return { input, output };
}

function checkedUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.protocol === "http:" || url.protocol === "https:") return text;
  } catch {}
  throw new InputError("this is no address of a server", {
    source: "--base-url",
    found: text,
    expected: "for example http://127.0.0.1:8000/v1",
  });
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError("this is not JSON", { source, found: (error as Error).message });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("the file cannot be read", { source: path, found: (error as Error).message });
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
