import { basename } from "node:path";
import { Command } from "commander";
import { InputError } from "../input-error.ts";
import {
  addModel,
  type EmbeddedTexts,
  modelNames,
  type Newcomer,
  newcomerReward,
  type Router,
  routerFiles,
  type TrainedRouter,
  trainWithBank,
  withLearntCosts,
  withTrainingPrices,
} from "../routing/index.ts";
import {
  checkRouterOutput,
  loadRouter,
  loadRouterBank,
  saveRouter,
  saveRouterWithBank,
} from "../storage/index.ts";
import { counted } from "./counted.ts";
import { seedOption, wholeNumber } from "./options.ts";
import { pricesOption } from "./prices.ts";
import { progressBar } from "./progress.ts";
import { type RatedFile, type RatedFileOptions, readRatedFile, ruleInWords, textsOf } from "./rated-files.ts";
import { responseFileOptions } from "./responses.ts";
import {
  embeddedTexts,
  type RouterEmbeddingOptions,
  routerEmbeddingOptions,
  withQuestionVectors,
} from "./router-embeddings.ts";
import { version } from "./version.ts";

interface Options extends RatedFileOptions, RouterEmbeddingOptions {
  readonly out: string;
  readonly base?: string;
  readonly seed: number;
  readonly trees: number;
  readonly json?: true;
}

/** `tripos train` */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("learn from responses with question texts which LLM answers which question well")
    .argument(
      "<file...>",
      "responses in any format; FILE:hard counts a score > 0 as right, FILE:score takes the number",
    )
    .requiredOption("--out <router>", "folder for the router")
    .option(
      "--base <router>",
      "add the models of FILE to this router, from few answers, without training again",
    )
    .addOption(seedOption("all that is random"))
    .option("--trees <n>", "trees of the forest", wholeNumber("--trees", 1, 10_000), 120)
    .addOption(pricesOption())
    .option("--json", "print one JSON object");
  for (const option of [...responseFileOptions(), ...routerEmbeddingOptions()]) command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
Without a suffix the scores tell: simple fractions (passed of tried) are rewards as they stand, other numbers
between 0 and 1 are probabilities of a right answer, of which only 0 is wrong. The rule of each file is printed and
kept in the router. (tripos evaluate takes hard where no suffix says otherwise, and tells where that differs.)

Examples:
  tripos train mmlu_train.json gsm8k-train.json humaneval_train.json --out router
  tripos train arc_challenge_train.csv --out router          (with costs, so that budgets can be kept)
  tripos train answers.csv --prices prices.yaml --out router (costs by the tokens, or the question's length)
  tripos train answers.csv --columns subject=llm,item=id,score=points,text=prompt --out router
  tripos train mmlu_train.json --embedder minilm --models models --out router   (a sentence encoder beside the text)
  tripos train new-model.csv --base router --out router      (a new LLM from its answers to about 100 questions)`,
    )
    .action(async (files: string[], options: Options) => {
      checkRouterOutput(options.out);
      const read: RatedFile[] = [];
      for (const file of files) read.push(await readRatedFile(file, "auto", options));
      const started = performance.now();
      const learnt = options.base
        ? await joined(options.base, read, options)
        : trained(read, options, await embeddedTexts(textsOf(read), options));
      const router = options.prices ? withTrainingPrices(learnt.router, options.prices) : learnt.router;
      if (learnt.bank) await saveRouterWithBank(router, learnt.bank, options.out);
      else saveRouter(router, options.out);
      const seconds = (performance.now() - started) / 1000;
      process.stdout.write(
        options.json
          ? `${JSON.stringify(summary(router, read, options.out, seconds))}\n`
          : told(router, read, options.out, seconds),
      );
    });
}

function trained(
  read: readonly RatedFile[],
  { seed, trees }: Options,
  embedded: readonly EmbeddedTexts[],
): TrainedRouter {
  const bar = progressBar("training");
  try {
    return trainWithBank(
      read.map(({ matrix }) => matrix),
      {
        seed,
        trees,
        embedded,
        tripos: version,
        sources: read.map(({ path, rule, kind }) => ({ name: basename(path), rule, kind })),
        onProgress: (share) => bar.update(Math.round(100 * share), 100),
      },
    );
  } finally {
    bar.stop();
  }
}

async function joined(folder: string, read: readonly RatedFile[], options: Options): Promise<TrainedRouter> {
  const base = await withQuestionVectors(loadRouter(folder), textsOf(read), options);
  const bank = await loadRouterBank(folder);
  const newcomers = read.flatMap(({ matrix }) =>
    matrix.subjects.filter((model) => !base.models.includes(model)).map((model) => ({ matrix, model })),
  );
  if (newcomers.length === 0)
    throw new InputError("the files hold no model that the router does not know already", {
      source: "--base",
      found: read.map(({ path }) => path).join(", "),
      hint: "Leave --base out to train again with these answers.",
    });
  const router = newcomers.reduce(
    (known, { matrix, model }) => withLearntCosts(addModel(known, matrix, model, bank), matrix),
    base,
  );
  return { router, ...(bank && { bank }) };
}

function summary(router: Router, read: readonly RatedFile[], out: string, seconds: number) {
  const { figures } = router;
  return {
    router: out,
    models: modelNames(router),
    questions: figures.questions,
    files: read.map(({ path, rule, matrix }) => ({ path, rule, items: matrix.items.length })),
    rewards: Object.fromEntries(router.models.map((model, m) => [model, router.rewards[m]])),
    outOfBag: figures.questions < fewest ? null : { router: figures.router, brier: figures.brier },
    gate: { ...router.gate, margin: Number.isFinite(router.gate.margin) ? router.gate.margin : null },
    newcomers: router.newcomers.map((newcomer) => ({
      model: newcomer.model,
      answers: newcomer.answers,
      reward: newcomerReward(newcomer, router.rewards),
      standardError: Math.sqrt(newcomer.variance),
    })),
    seconds,
  };
}

/** Questions below which figures out of bag say nothing. */
const fewest = 10;

function told(router: Router, read: readonly RatedFile[], out: string, seconds: number): string {
  const best = router.models.reduce((a, _, m) => (router.rewards[m] > router.rewards[a] ? m : a), 0);
  const { figures } = router;
  return [
    ...read.map(
      ({ path, rule, matrix }) => `${path}: ${matrix.items.length} questions, ${ruleInWords[rule]}`,
    ),
    `${figures.questions} questions, ${modelNames(router).length} models, ${seconds.toFixed(1)} s`,
    `best single model: ${router.models[best]}, reward ${router.rewards[best].toFixed(4)}`,
    figures.questions < fewest
      ? `too few questions to tell how the router does on others, or to learn more than which model is best`
      : `router on questions it had not seen (out of bag): ${figures.router.toFixed(4)}, Brier score ${figures.brier.toFixed(4)}`,
    ...router.newcomers.map(
      (newcomer) =>
        `${newcomer.model}, joined by ${counted(newcomer.answers, "answer")}: expected reward ${expected(router, newcomer)}`,
    ),
    `written to ${out} (${routerFiles.join(", ")}; the item bank in bank)`,
    "",
  ].join("\n");
}

function expected(router: Router, newcomer: Newcomer): string {
  const half = 1.96 * Math.sqrt(newcomer.variance);
  return `${newcomerReward(newcomer, router.rewards).toFixed(3)} ± ${half.toFixed(3)}`;
}
