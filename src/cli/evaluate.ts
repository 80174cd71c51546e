import { statSync } from "node:fs";
import { Command } from "commander";
import { writeWhole } from "../files/index.ts";
import { type AdviceWords, routingAdvice, routingReport, textTable } from "../report/index.ts";
import { selectItems } from "../responses/index.ts";
import {
  type DatasetEvaluation,
  type Evaluation,
  evaluateRouter,
  modelNames,
  type RewardRule,
  type Router,
  type TestDataset,
  withPrices,
} from "../routing/index.ts";
import { loadRouter } from "../storage/index.ts";
import { seedOption } from "./options.ts";
import { progressBar } from "./progress.ts";
import { type RatedFile, type RatedFileOptions, readRatedFile, ruleInWords, textsOf } from "./rated-files.ts";
import { responseFileOptions } from "./responses.ts";
import {
  type RouterEmbeddingOptions,
  routerEmbeddingOptions,
  withQuestionVectors,
} from "./router-embeddings.ts";
import { constraintsOf, policyText, type RoutingOptions, routingOptions } from "./routing-options.ts";

interface Options extends RoutingOptions, RatedFileOptions, RouterEmbeddingOptions {
  readonly seed: number;
  readonly report?: string;
  readonly json?: true;
}

/** `tripos evaluate` */
export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("compare a router with each of its models, chance and the oracle")
    .argument("<router>", "folder of the router")
    .argument(
      "<file...>",
      "responses in any format; FILE:hard (the default) counts a score > 0 as right, FILE:score takes the number",
    );
  for (const option of routingOptions()) command.addOption(option);
  command
    .addOption(seedOption("the bootstrap, and of what explore draws"))
    .option("--report <file>", "write a report as one HTML page")
    .option("--json", "print one JSON object");
  for (const option of [...responseFileOptions(), ...routerEmbeddingOptions()]) command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
A folder, such as LLMRouterBench's results/bench, is taken apart into its datasets; a file is one.

Examples:
  tripos evaluate router mmlu_test.json gsm8k-test.json:score humaneval_test.json:score --json
  tripos evaluate router arc_challenge_test.csv --policy budget:0.002 --report report.html
  tripos evaluate router answers.csv --columns subject=llm,item=id,score=points,text=prompt --prices prices.yaml`,
    )
    .action(async (folder: string, files: string[], options: Options) => {
      const constraints = constraintsOf(options);
      const loaded = loadRouter(folder);
      const datasets: TestDataset[] = [];
      const rules: RewardRule[] = [];
      const ratedFiles: RatedFile[] = [];
      for (const file of files) {
        const read = await readRatedFile(file, "hard", options);
        warnOf(loaded, read);
        ratedFiles.push(read);
        for (const dataset of datasetsOf(read)) {
          datasets.push(dataset);
          rules.push(read.rule);
        }
      }
      const texts = datasets.flatMap(({ matrix }) => matrix.texts ?? []);
      const priced = options.prices ? withPrices(loaded, options.prices, texts) : loaded;
      const router = await withQuestionVectors(priced, textsOf(ratedFiles), options);
      const bar = progressBar("evaluating", "questions");
      const { evaluation, details } = evaluateRouter(router, datasets, {
        policy: options.policy,
        seed: options.seed,
        constraints,
        onProgress: (done, total) => bar.update(done, total),
      });
      bar.stop();
      if (options.report)
        writeWhole(
          options.report,
          routingReport(evaluation, details, {
            title: `Router ${folder}`,
            policy: policyText(options.policy),
          }),
        );
      const shown = {
        ...evaluation,
        datasets: evaluation.datasets.map((set, k) => ({ ...set, rule: rules[k] })),
      };
      process.stdout.write(options.json ? `${JSON.stringify(shown)}\n` : told(evaluation, rules));
    });
}

/** Says where the file is read otherwise than in training, and which of the router's models it lacks. */
function warnOf(router: Router, { path, kind, rule, graded, matrix }: RatedFile): void {
  const trained = router.provenance.sources.find((source) => source.kind === kind)?.rule;
  if (graded && trained && trained !== rule)
    process.stderr.write(
      `tripos: ${path} is read as ${ruleInWords[rule]}, but the router was trained on ${kind} with ${ruleInWords[trained]}: ${path}:${trained} reads it so\n`,
    );
  const missing = modelNames(router).filter((model) => !matrix.subjects.includes(model));
  if (missing.length > 0)
    process.stderr.write(`tripos: ${path}: no answers of ${missing.join(", ")}: left out of the choice\n`);
}

/** A file is one dataset; a folder one for each scenario that its files name. */
function datasetsOf({ name, path, matrix }: RatedFile): TestDataset[] {
  const scenarios = [...new Set(matrix.scenarios)];
  if (scenarios.length < 2 || !statSync(path).isDirectory()) return [{ name, matrix }];
  return scenarios.map((scenario) => ({
    name: scenario || name,
    matrix: selectItems(
      matrix,
      matrix.items.flatMap((_, i) => (matrix.scenarios?.[i] === scenario ? [i] : [])),
    ),
  }));
}

function told({ datasets, macro, llmRouterBench }: Evaluation, rules: readonly RewardRule[]): string {
  const f = (value: number) => value.toFixed(4);
  const rows = datasets.map((set, k) => {
    const { gain } = set;
    return [
      set.name,
      rules[k],
      String(set.items),
      `${f(set.router.reward)} [${f(set.router.interval[0])}, ${f(set.router.interval[1])}]`,
      `${f(set.bestSingle.reward)} ${set.bestSingle.model}`,
      f(set.random),
      f(set.oracle),
      f(set.brier),
      f(set.ece),
      set.cost === null ? "" : set.cost.toPrecision(3),
      `${gain.mean >= 0 ? "+" : ""}${f(gain.mean)} [${f(gain.interval[0])}, ${f(gain.interval[1])}]${gain.questions < set.items ? ` on ${gain.questions}` : ""}`,
    ];
  });
  const header = [
    "dataset",
    "reward",
    "questions",
    "router",
    "best single",
    "random",
    "oracle",
    "Brier",
    "ECE",
    "cost",
    "gain",
  ];
  return [
    textTable(
      header.map((title) => ({ title })),
      rows,
    ),
    "reward: hard, right or wrong (a score > 0 is right); score, the number itself",
    "gain: over the model that was best in training, on the questions that both answered, paired bootstrap, 95 %",
    `mean of the datasets: router ${f(macro.router)}, best single model ${f(macro.bestSingle)}, best model of each dataset ${f(macro.bestPerDataset)}, oracle ${f(macro.oracle)}`,
    benchmarkLine(llmRouterBench),
    ...datasets.flatMap(tradeOffLine),
    ...datasets.map((set) => routingAdvice(set, adviceWords)),
    ...datasets.flatMap(({ name, perfectVerifier: bound }) =>
      bound
        ? [
            `${name}: a cascade with a perfect verifier, an upper bound that looks at the test's answers: reward ${f(bound.reward)}${bound.cost === null ? "" : `, cost ${bound.cost.toPrecision(3)}`}`,
          ]
        : [],
    ),
    "",
  ].join("\n");
}

const percent = (value: number) => `${(100 * value).toFixed(2)} %`;

function benchmarkLine(measures: Evaluation["llmRouterBench"]): string {
  const { avgAcc, gainOverRandom, gainOverBest, gapToOracle, perfGain, costSave, paretoDist } = measures;
  const quality = `AvgAcc ${avgAcc.toFixed(4)}, Gain@R ${percent(gainOverRandom)}, Gain@B ${percent(gainOverBest)}, Gap@O ${percent(gapToOracle)}`;
  const money =
    perfGain === null || paretoDist === null
      ? ""
      : `, PerfGain ${percent(perfGain)}, CostSave ${costSave === null ? "none" : percent(costSave)}, ParetoDist ${paretoDist.toFixed(4)}`;
  return `as LLMRouterBench measures: ${quality}${money}`;
}

/** RouterBench's measures of a dataset with costs. */
function tradeOffLine({ name, tradeOff }: DatasetEvaluation): string[] {
  if (!tradeOff) return [];
  const { aiq, hullAiq, best, costAtBest, costAt99 } = tradeOff;
  const share = (cost: number | null) =>
    cost === null ? "not reached" : `${((100 * cost) / best.cost).toFixed(0)} % of its cost`;
  return [
    `${name}: AIQ ${aiq.toFixed(4)} (hull of single models ${hullAiq.toFixed(4)}); the best single model ${best.model} is matched at ${share(costAtBest)}, 99 % of it at ${share(costAt99)}`,
  ];
}

const adviceWords: AdviceWords = {
  gains: ({ over }) => `routing gains over asking ${over} always.`,
  loses: ({ over }) =>
    `routing loses against asking ${over} always; use ${over} for everything of this kind.`,
  losesForLess: ({ over }) => `routing loses reward against asking ${over} always.`,
  even: ({ over }) =>
    `no gain over asking ${over} always that is beyond chance; ${over} for everything would do as well.`,
  evenForLess: ({ over }) => `no loss or gain against asking ${over} always that is beyond chance.`,
  costs: (costs, over, saved) =>
    `The router costs ${costs.router.toPrecision(3)} a question, ${over} ${costs.over.toPrecision(3)}: ${Math.abs(100 * saved).toFixed(0)} % ${saved > 0 ? "saved" : "more"}.`,
  reward: (value) => value.toFixed(4),
  dollars: (value) => value.toPrecision(3),
};
