import { Command } from "commander";
import { writeWhole } from "../files/index.ts";
import { routingReport, textTable } from "../report/index.ts";
import { loadRouter } from "../router-folder.ts";
import {
  type DatasetEvaluation,
  type Evaluation,
  evaluateRouter,
  modelNames,
  parsePolicy,
  type RewardRule,
  type TestDataset,
} from "../routing/index.ts";
import { seedOption } from "./options.ts";
import { progressBar } from "./progress.ts";
import { readRatedFile, ruleInWords } from "./rated-files.ts";

interface Options {
  readonly policy: string;
  readonly seed: number;
  readonly report?: string;
  readonly json?: true;
}

/** `tripos evaluate` */
export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("compare a router with each of its models, chance and the oracle")
    .argument("<router>", "folder of the router")
    .argument(
      "<file...>",
      "responses in any format; FILE:hard (the default) counts a score > 0 as right, FILE:score takes the number",
    )
    .option(
      "--policy <policy>",
      "quality, cheapest:TAU, budget:DOLLARS, utility:LAMBDA, cascade:TAU, explore",
      "quality",
    )
    .addOption(seedOption("the bootstrap, and of what explore draws"))
    .option("--report <file>", "write a report as one HTML page")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos evaluate router mmlu_test.json gsm8k-test.json:score humaneval_test.json:score --json
  tripos evaluate router arc_challenge_test.csv --policy budget:0.002 --report report.html`,
    )
    .action(async (folder: string, files: string[], options: Options) => {
      const policy = parsePolicy(options.policy, "--policy");
      const router = loadRouter(folder);
      const datasets: TestDataset[] = [];
      const rules: RewardRule[] = [];
      for (const file of files) {
        const { name, path, kind, rule, matrix, warnings } = await readRatedFile(file, "hard");
        for (const warning of warnings) process.stderr.write(`tripos: ${warning}\n`);
        const trained = router.provenance.sources.find((source) => source.kind === kind)?.rule;
        if (trained && trained !== rule)
          process.stderr.write(
            `tripos: ${path} is read as ${ruleInWords[rule]}, but the router was trained on ${kind} with ${ruleInWords[trained]}: ${path}:${trained} reads it so\n`,
          );
        const missing = modelNames(router).filter((model) => !matrix.subjects.includes(model));
        if (missing.length > 0)
          process.stderr.write(
            `tripos: ${path}: no answers of ${missing.join(", ")}: left out of the choice\n`,
          );
        datasets.push({ name, matrix });
        rules.push(rule);
      }
      const bar = progressBar("evaluating", "questions");
      const { evaluation, details } = evaluateRouter(router, datasets, {
        policy,
        seed: options.seed,
        onProgress: (done, total) => bar.update(done, total),
      });
      bar.stop();
      if (options.report)
        writeWhole(
          options.report,
          routingReport(evaluation, details, { title: `Router ${folder}`, policy: options.policy }),
        );
      const shown = {
        ...evaluation,
        datasets: evaluation.datasets.map((set, k) => ({ ...set, rule: rules[k] })),
      };
      process.stdout.write(options.json ? `${JSON.stringify(shown)}\n` : told(evaluation, rules));
    });
}

function told({ datasets, macro }: Evaluation, rules: readonly RewardRule[]): string {
  const f = (value: number) => value.toFixed(4);
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
  const mean = (value: (set: (typeof datasets)[number]) => number) =>
    datasets.reduce((sum, set) => sum + value(set), 0) / datasets.length;
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
    `as LLMRouterBench measures: AvgAcc ${f(macro.router)}, Gain@R ${percent(mean(({ router, random }) => router.reward / random - 1))}, Gain@B ${percent(mean(({ router, bestSingle }) => router.reward / bestSingle.reward - 1))}, Gap@O ${percent(mean(({ router, oracle }) => 1 - router.reward / oracle))}`,
    ...datasets.map(adviceOn),
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

/** Whether routing pays on a dataset, in quality and, where costs are known, in money. */
function adviceOn({ name, gain: { over, interval, costs } }: DatasetEvaluation): string {
  const saved = costs && costs.over > 0 ? 1 - costs.router / costs.over : 0;
  const money =
    costs && Math.abs(saved) >= 0.005
      ? ` The router costs ${costs.router.toPrecision(3)} a question, ${over} ${costs.over.toPrecision(3)}: ${Math.abs(100 * saved).toFixed(0)} % ${saved > 0 ? "saved" : "more"}.`
      : "";
  if (interval[0] > 0) return `${name}: routing gains over asking ${over} always.${money}`;
  if (interval[1] < 0)
    return saved > 0
      ? `${name}: routing loses reward against asking ${over} always.${money}`
      : `${name}: routing loses against asking ${over} always; use ${over} for everything of this kind.${money}`;
  return saved > 0
    ? `${name}: no loss or gain against asking ${over} always that is beyond chance.${money}`
    : `${name}: no gain over asking ${over} always that is beyond chance; ${over} for everything would do as well.${money}`;
}
