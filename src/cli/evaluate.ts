import { Command } from "commander";
import { writeWhole } from "../files/index.ts";
import { routingReport, textTable } from "../report/index.ts";
import { loadRouter } from "../router-folder.ts";
import {
  type EvaluatedDataset,
  type Evaluation,
  evaluateRouter,
  modelNames,
  parsePolicy,
} from "../routing/index.ts";
import { wholeNumber } from "./options.ts";
import { progressBar } from "./progress.ts";
import { readRatedFile } from "./rated-files.ts";

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
    .option("--seed <n>", "seed of the bootstrap", wholeNumber("--seed", 0), 0)
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
      const datasets = [];
      for (const file of files) {
        const { name, path, matrix, warnings } = await readRatedFile(file, "hard");
        for (const warning of warnings) process.stderr.write(`${path}: ${warning}\n`);
        const missing = modelNames(router).filter((model) => !matrix.subjects.includes(model));
        if (missing.length > 0)
          process.stderr.write(`${path}: no answers of ${missing.join(", ")}: left out of the choice\n`);
        datasets.push({ name, matrix });
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
      process.stdout.write(options.json ? `${JSON.stringify(evaluation)}\n` : told(evaluation, details));
    });
}

function told({ datasets, macro }: Evaluation, details: readonly EvaluatedDataset[]): string {
  const f = (value: number) => value.toFixed(4);
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
  const mean = (value: (set: (typeof datasets)[number]) => number) =>
    datasets.reduce((sum, set) => sum + value(set), 0) / datasets.length;
  const rows = datasets.map((set, k) => {
    const { chosenInTraining: rival } = details[k];
    return [
      set.name,
      String(set.items),
      `${f(set.router.reward)} [${f(set.router.interval[0])}, ${f(set.router.interval[1])}]`,
      `${f(set.bestSingle.reward)} ${set.bestSingle.model}`,
      f(set.random),
      f(set.oracle),
      f(set.brier),
      f(set.ece),
      set.cost === null ? "" : set.cost.toPrecision(3),
      `${rival.gain >= 0 ? "+" : ""}${f(rival.gain)} [${f(rival.interval[0])}, ${f(rival.interval[1])}]`,
    ];
  });
  const header = [
    "dataset",
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
  const advice = details.map(({ summary, chosenInTraining: { model, interval } }) =>
    interval[0] > 0
      ? `${summary.name}: routing gains over asking ${model} always.`
      : interval[1] < 0
        ? `${summary.name}: routing loses against asking ${model} always; use ${model} for everything of this kind.`
        : `${summary.name}: no gain over asking ${model} always that is beyond chance; ${model} for everything would do as well.`,
  );
  return [
    textTable(
      header.map((title) => ({ title })),
      rows,
    ),
    "gain: over the model that was best in training, paired bootstrap, 95 %",
    `mean of the datasets: router ${f(macro.router)}, best single model ${f(macro.bestSingle)}, best model of each dataset ${f(macro.bestPerDataset)}, oracle ${f(macro.oracle)}`,
    `as LLMRouterBench measures: AvgAcc ${f(macro.router)}, Gain@R ${percent(mean(({ router, random }) => router.reward / random - 1))}, Gain@B ${percent(mean(({ router, bestSingle }) => router.reward / bestSingle.reward - 1))}, Gap@O ${percent(mean(({ router, oracle }) => 1 - router.reward / oracle))}`,
    ...advice,
    "",
  ].join("\n");
}
