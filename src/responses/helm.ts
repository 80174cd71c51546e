import { parsePythonJson, readText } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import {
  isListOfObjects,
  isObject,
  type JsonFormat,
  type JsonObject,
  nameOf,
  pathOf,
  type Reading,
  textOrNone,
} from "./format.ts";

/** The main metrics of HELM's scenarios that lie in [0, 1], the strictest reading of right and wrong first. */
const preferred = [
  "exact_match",
  "quasi_exact_match",
  "prefix_exact_match",
  "quasi_prefix_exact_match",
  "final_number_exact_match",
  "math_equiv_chain_of_thought",
  "math_equiv",
  "chain_of_thought_correctness",
  "omni_math_accuracy",
  "ifeval_strict_accuracy",
  "wildbench_score_rescaled",
  "f1_score",
  "bleu_4",
];

/**
 * HELM's `per_instance_stats.json` (https://crfm-helm.readthedocs.io): for each instance the statistics of its
 * metrics. The model and the scenario stand in `run_spec.json` beside it, or in the folder's name; the texts in
 * `instances.json`. Perturbed instances are left out.
 */
export const helm: JsonFormat = {
  name: "helm",
  title: "HELM per-instance statistics",
  matches: (value) =>
    isListOfObjects(value) && value.length > 0 && "instance_id" in value[0] && Array.isArray(value[0].stats),
  async read(value, _text, reading) {
    const { source, table, options } = reading;
    const run = await runOf(reading);
    const texts = await textsOf(reading);
    let metric = options.metric;
    for (const [i, entry] of (value as JsonObject[]).entries()) {
      if (entry.perturbation) continue;
      const at = `entry ${i}`;
      const stats = Array.isArray(entry.stats) ? entry.stats.filter(isObject) : [];
      const names = stats.map(metricOf);
      metric ??= preferred.find((name) => names.includes(name));
      if (metric === undefined)
        throw new InputError("it is not clear which statistic is the score", {
          source: source.name,
          at,
          found: [...new Set(names)].join(", "),
          hint: "Choose one with --metric.",
        });
      const stat = stats[names.indexOf(metric)];
      const id = nameOf(entry.instance_id);
      table.addNamed(run.model, `${run.scenario}/${id}`, stat ? meanOf(stat, source.name, at) : Number.NaN, {
        scenario: run.scenario.split(":")[0],
        subscenario: run.scenario,
        text: texts.get(id),
      });
    }
  },
};

const metricOf = (stat: JsonObject): string => nameOf(isObject(stat.name) ? stat.name.name : stat.name);

function meanOf(stat: JsonObject, source: string, at: string): number {
  const { mean, sum, count } = stat;
  if (typeof mean === "number") return mean;
  if (typeof sum === "number" && typeof count === "number" && count > 0) return sum / count;
  if (mean === null || count === 0) return Number.NaN;
  throw new InputError("the statistic has no mean", { source, at, field: metricOf(stat), found: show(stat) });
}

/** `mmlu:subject=anatomy,method=…,model=openai_gpt-4` is the scenario with its arguments, and the model. */
async function runOf({ source, options }: Reading): Promise<{ model: string; scenario: string }> {
  const file = await source.beside?.("run_spec.json");
  const spec = file && parsePythonJson(await readText(file), file.name);
  const adapter = isObject(spec) && isObject(spec.adapter_spec) ? spec.adapter_spec : {};
  const folder = pathOf(source).at(-2) ?? "";
  const name = (isObject(spec) && textOrNone(spec.name)) || folder;
  const model =
    options.subject ?? textOrNone(adapter.model) ?? /[:,]model=([^,]+)/.exec(name)?.[1].replace("_", "/");
  if (model === undefined)
    throw new InputError("the file does not say which model answered", {
      source: source.name,
      expected: "run_spec.json beside it, or a folder named …,model=NAME",
      hint: "Give the run's whole folder, or the name with --subject NAME.",
    });
  const scenario = name.replace(/(^|[:,])model(_deployment)?=[^,]+,?/g, "$1").replace(/[:,]$/, "");
  return { model, scenario: scenario || "helm" };
}

async function textsOf({ source }: Reading): Promise<Map<string, string>> {
  const file = await source.beside?.("instances.json");
  const instances = file && parsePythonJson(await readText(file), file.name);
  return new Map(
    (isListOfObjects(instances) ? instances : []).flatMap(({ id, input, perturbation }) => {
      const text = isObject(input) ? textOrNone(input.text) : textOrNone(input);
      return text === undefined || perturbation ? [] : [[nameOf(id), text]];
    }),
  );
}
