import { Command, Option } from "commander";
import { InputError } from "../input-error.ts";
import { textTable } from "../report/index.ts";
import {
  driftReport,
  type FeedbackOptions,
  fed,
  feedbackShift,
  modelNames,
  type Router,
  watchedStream,
} from "../routing/index.ts";
import { checkRouterOutput, loadRouter, saveRouter } from "../storage/index.ts";
import { counted } from "./counted.ts";
import { readObserved } from "./observed-file.ts";
import { realNumber, wholeNumber } from "./options.ts";
import { type RouterEmbeddingOptions, routerEmbeddingOptions } from "./router-embeddings.ts";

interface Options extends RouterEmbeddingOptions {
  readonly out?: string;
  readonly trust?: readonly string[];
  readonly limit?: number;
  readonly memory?: number;
  readonly forget?: true;
  readonly json?: true;
}

/** `tripos feedback` */
export function feedbackCommand(): Command {
  const command = new Command("feedback")
    .description("teach a router by how good answers were since it was trained")
    .argument("<router>", "folder of the router; changed in place")
    .argument(
      "[file]",
      'answers, one JSON object a line: {"text", "model", "reward", "source"}; not needed to --forget',
    )
    .option("--out <router>", "write the router there instead")
    .addOption(
      new Option(
        "--trust <sources>",
        "sources whose word counts in full, separated by commas; kept in the router",
      ).argParser((text) => text.split(",").map((name) => name.trim())),
    )
    .option(
      "--limit <points>",
      "the most that one source that is not trusted can move the mean reward (default: 0.01)",
      realNumber("--limit", 0, 1),
    )
    .option(
      "--memory <n>",
      "feedbacks after which an opinion has lost most of its weight (default: 2000)",
      wholeNumber("--memory", 1),
    )
    .option("--forget", "forget all earlier feedback first")
    .option("--json", "print one JSON object");
  for (const option of routerEmbeddingOptions()) command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
One Kalman step with forgetting for each answer: a model's rewards move towards what its answers earn. A source that
is not trusted moves a model by half of --limit at most, however many answers it sends.

Examples:
  tripos feedback router yesterday.jsonl
  tripos feedback router tests.jsonl --trust unit-tests --json
  tripos feedback router --forget`,
    )
    .action(async (folder: string, file: string | undefined, options: Options) => {
      if (file === undefined && !options.forget)
        throw new InputError("no file of answers is given", { expected: "FILE, or --forget" });
      const out = options.out ?? folder;
      if (out !== folder) checkRouterOutput(out);
      const { feedback, ...loaded } = loadRouter(folder);
      const before: Router = feedback && !options.forget ? { ...loaded, feedback } : loaded;
      const answers = file === undefined ? [] : await readObserved(file, before, true, options);
      const router = fed(before, answers, whomToBelieve(options, feedback?.options));
      saveRouter(router, out);
      const drift = driftReport(watchedStream(answers));
      const moved = modelNames(router).map((model) => {
        const rewards = answers.flatMap(({ answer, p }) =>
          answer.model === model ? [{ reward: answer.reward ?? Number.NaN, p: p ?? Number.NaN }] : [],
        );
        const mean = (of: "reward" | "p") =>
          rewards.length > 0 ? rewards.reduce((sum, each) => sum + each[of], 0) / rewards.length : null;
        const shift = feedbackShift(router.feedback!.state, model, router.feedback!.options);
        return { model, answers: rewards.length, reward: mean("reward"), p: mean("p"), shift };
      });
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ router: out, answers: answers.length, models: moved, drift })}\n`
          : told(moved, [drift.advice, ofStrangers(answers, router)], out),
      );
    });
}

function whomToBelieve({ trust, limit, memory }: Options, before: FeedbackOptions = {}): FeedbackOptions {
  return {
    ...before,
    ...(trust && { trusted: trust }),
    ...(limit !== undefined && { limit }),
    ...(memory !== undefined && { memory }),
  };
}

interface Moved {
  readonly model: string;
  readonly answers: number;
  readonly reward: number | null;
  readonly p: number | null;
  readonly shift: number;
}

/** Says whose word was not taken in full, and how to have it so. */
function ofStrangers(
  answers: Awaited<ReturnType<typeof readObserved>>,
  { feedback }: Router,
): string | undefined {
  const { trusted = [], limit = 0.01 } = feedback?.options ?? {};
  const strangers = answers
    .map(({ answer }) => answer.source ?? "unknown")
    .filter((source) => !trusted.includes(source));
  if (strangers.length === 0) return undefined;
  const names = [...new Set(strangers)];
  const shown = `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
  return `${counted(strangers.length, "answer")} of sources that are not trusted (${shown}): each source moves a model by ${limit / 2} at most (--limit); --trust SOURCE takes its word in full.`;
}

function told(moved: readonly Moved[], notes: readonly (string | undefined)[], out: string): string {
  const cell = (value: number | null) => (value === null ? "" : value.toFixed(4));
  return [
    textTable(
      ["model", "answers", "reward", "P said", "P moves by"].map((title) => ({ title })),
      moved.map(({ model, answers, reward, p, shift }) => [
        model,
        String(answers),
        cell(reward),
        cell(p),
        cell(shift),
      ]),
    ),
    ...notes.filter((note) => note !== undefined),
    `written to ${out}`,
    "",
  ].join("\n");
}
