import { join } from "node:path";
import { Command, Option } from "commander";
import { readTextFile, writeWhole } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { readPyIrtParameters } from "../irt/index.ts";
import {
  type Calibrate,
  calibrateAsPyIrt,
  type MmluData,
  type MmluOptions,
  type MmluResult,
  mmluDefaults,
  mmluFromPack,
  reproduceMmlu,
  routerDcPublished,
  withFeatures,
} from "../pipelines/index.ts";
import { textTable } from "../report/index.ts";
import { type EmbedderOptions, embedderOptions, featuresOf } from "./embedder.ts";
import { downloadedMmlu, embeddedMmlu, mmluFromFolder } from "./mmlu-data.ts";
import { wholeNumber } from "./options.ts";

interface Options extends EmbedderOptions, MmluOptions {
  readonly data?: string;
  readonly download?: true;
  readonly out: string;
  readonly irt?: string;
  readonly json?: true;
}

/** `tripos reproduce mmlu` */
export function reproduceCommand(): Command {
  const command = new Command("reproduce").description(
    "run a published pipeline step by step, with its own files",
  );
  const mmlu = new Command("mmlu")
    .description("RouterDC's MMLU: py-irt's model, tinyBenchmarks' anchors and p-IRT, k-NN, argmax, accuracy")
    .option(
      "--data <dir>",
      "folder with RouterDC's mmlu_train.json and mmlu_test.json (default: embedded responses)",
    )
    .addOption(
      new Option("--download", "fetch the two files from RouterDC's repository, once").conflicts("data"),
    )
    .option("--out <dir>", "folder for the files", "./tripos-mmlu")
    .option("--dims <n>", "dimensions of the model", wholeNumber("--dims", 1, 1000), mmluDefaults.dims)
    .option("--anchors <n>", "number of anchor questions", wholeNumber("--anchors", 1), mmluDefaults.anchors)
    .addOption(
      new Option("--clustering <kind>", "what anchors are clustered by")
        .choices(["irt", "correct."])
        .default(mmluDefaults.clustering),
    )
    .option(
      "--neighbours <k>",
      "training questions that an unseen one is predicted from",
      wholeNumber("--neighbours", 1),
      mmluDefaults.neighbours,
    )
    .addOption(
      new Option(
        "--ability <how>",
        "θ from the anchors with a prior, as tinyBenchmarks does, or from training",
      )
        .choices(["map", "mle", "training"])
        .default(mmluDefaults.ability),
    )
    .option("--irt <file>", "py-irt's best_parameters.json instead of calibrating")
    .option(
      "--seed <n>",
      "seed of all that is random",
      wholeNumber("--seed", 0, 2 ** 32 - 1),
      mmluDefaults.seed,
    )
    .option(
      "--python-layout",
      "place the files where the Python scripts do, best_parameters.json overwritten as there",
      false,
    )
    .option("--json", "print one JSON object instead of the table");
  for (const option of embedderOptions()) mmlu.addOption(option);
  mmlu
    .addHelpText(
      "after",
      `
Examples:
  tripos reproduce mmlu
  tripos reproduce mmlu --data routerdc/ --out run/ --ability mle
  tripos reproduce mmlu --data routerdc/ --irt best_parameters.json --features minilm.npy --json`,
    )
    .action(run);
  return command.addCommand(mmlu);
}

async function run(options: Options): Promise<void> {
  const start = performance.now();
  const data = await load(options);
  for (const warning of data.warnings) process.stderr.write(`tripos: ${warning}\n`);
  const calibrate = options.irt === undefined ? calibrateAsPyIrt : given(options.irt);
  const loading = (performance.now() - start) / 1000;
  const result = reproduceMmlu(data, calibrate, options);
  const written = performance.now();
  for (const [name, content] of result.files) writeWhole(join(options.out, name), content);
  const writing = (performance.now() - written) / 1000;
  const seconds = { loading, ...result.seconds, writing, total: (performance.now() - start) / 1000 };
  const whole = {
    ...result,
    seconds,
    files: [...result.files.keys()].map((name) => join(options.out, name)),
  };
  process.stdout.write(options.json ? `${JSON.stringify(whole)}\n` : report(data, whole, options));
}

async function load(options: Options): Promise<MmluData> {
  const responses =
    options.data !== undefined ? mmluFromFolder(options.data) : options.download && (await downloadedMmlu());
  const pack = embeddedMmlu();
  if (!responses) {
    if (options.embedder !== "lexical" || options.features !== undefined)
      throw new InputError(
        "these features need the questions' texts, which the embedded responses do not have",
        {
          source: options.features !== undefined ? "--features" : "--embedder",
          hint: "Add --data FOLDER or --download.",
        },
      );
    return mmluFromPack(pack);
  }
  const texts = [responses.train, responses.test].flatMap(({ entries = [] }) =>
    entries.map(({ question }) => question),
  );
  return withFeatures(responses, await featuresOf(texts, options, pack.lexical));
}

function given(path: string): Calibrate {
  const parameters = readPyIrtParameters(readTextFile(path), path);
  return () => parameters;
}

function report(
  data: MmluData,
  result: Omit<MmluResult, "files"> & { files: readonly string[] },
  { out, ability, irt }: Options,
): string {
  const { accuracy } = result;
  const percent = (x: number) => 100 * x;
  const range = ([low, high]: readonly [number, number], digits = 2) =>
    `${percent(low).toFixed(digits)} … ${percent(high).toFixed(digits)}`;
  const rows = [
    ["router (this pipeline)", percent(accuracy.router), range(accuracy.interval), null],
    ["router − best single", percent(accuracy.difference.mean), range(accuracy.difference.interval), null],
    ...Object.entries(accuracy.models)
      .sort(([, a], [, b]) => b - a)
      .map(([name, reward]) => [
        name === accuracy.bestSingle.model ? `${name} (best single)` : name,
        percent(reward),
        null,
        accuracy.chosen[name],
      ]),
    ["random model", percent(accuracy.random), null, null],
    ["majority right", percent(accuracy.majority), null, null],
    ["oracle (any model right)", percent(accuracy.oracle), null, null],
    ["RouterDC, as published", routerDcPublished, null, null],
  ];
  const table = textTable(
    [
      { title: "accuracy on the test questions" },
      { title: "%", digits: 2 },
      { title: "95 % interval", align: "right" },
      { title: "times chosen" },
    ],
    rows,
  );
  const seconds = textTable(
    [{ title: "step" }, { title: "seconds", digits: 3 }],
    Object.entries(result.seconds),
  );
  const { mean, interval } = accuracy.difference;
  const verdict =
    interval[0] > 0
      ? "This run is above the best single model by more than chance."
      : `This pipeline does not beat the best single model${mean > 0 ? " by more than chance" : ""}: use ${accuracy.bestSingle.model} for everything\nrather than this router (docs/reproduce-mmlu.md says why).`;
  const lines = [
    `${result.subjects} models, ${result.train} training and ${result.test} test questions; D = ${result.dims}, ${result.anchors} anchors, ${result.neighbours} neighbours,`,
    `θ ${ability === "training" ? "from training" : `from the anchors (${ability})`}, ${irt === undefined ? "calibrated here" : `parameters from ${irt}`}, features ${data.features.train.source.name}.`,
    ...(data.duplicates > 0
      ? [`${data.duplicates} questions stand in a file more than once; they are kept.`]
      : []),
    "",
    table,
    "",
    verdict,
    "",
    seconds,
    "",
    `${result.files.length} files in ${out}${data.train.entries ? "" : " (no *_with_ids.json: the embedded responses have no question texts; use --data or --download)"}`,
  ];
  return `${lines.join("\n")}\n`;
}
