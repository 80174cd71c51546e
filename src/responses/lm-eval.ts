import { parsePythonJson, readText } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import {
  isObject,
  type JsonLinesFormat,
  type JsonObject,
  nameOf,
  numberOrNaN,
  pathOf,
  type Reading,
  textOrNone,
} from "./format.ts";

/** Metrics of right or wrong that a task reports, the usual headline first. */
const preferred = [
  "exact_match",
  "acc",
  "em",
  "pass@1",
  "pass_at_1",
  "prompt_level_strict_acc",
  "mc2",
  "f1",
  "score",
];
const notMetrics = new Set([
  "doc_id",
  "doc",
  "target",
  "arguments",
  "resps",
  "filtered_resps",
  "filter",
  "metrics",
  "doc_hash",
  "prompt_hash",
  "target_hash",
  "task",
  "model",
]);

/**
 * lm-evaluation-harness's samples (`--log_samples`): `MODEL/samples_TASK_TIME.jsonl`, one answered document a line
 * with its metrics as fields. The model stands in the `results_TIME.json` beside it, or in the folder's name.
 */
export const lmEval: JsonLinesFormat = {
  name: "lm-eval",
  title: "lm-evaluation-harness samples",
  matches: (first) =>
    isObject(first) && "doc_id" in first && ("resps" in first || "filtered_resps" in first || "doc" in first),
  async open(reading) {
    const { source, table, options, warn } = reading;
    const file = pathOf(source).at(-1) ?? "";
    const [, task = file.replace(/\.jsonl$/, ""), time] =
      /^samples_(.+?)(?:_(\d{4}-\d\d-\d\dT[\d:.-]+))?\.jsonl$/.exec(file) ?? [];
    const subject = options.subject ?? (await modelOf(reading, time));
    const wanted = options.filter?.split(",");
    let filter: string | undefined;
    let metric: string | undefined;
    const others = new Set<string>();
    const read = (value: unknown, line: number) => {
      if (!isObject(value) || !("doc_id" in value))
        throw new InputError("this is not a sample of lm-evaluation-harness", {
          source: source.name,
          at: `line ${line}`,
          field: "doc_id",
        });
      const own = textOrNone(value.filter) ?? unfiltered;
      if (own === unfiltered || !wanted || wanted.includes(own)) filter ??= own;
      if (own !== filter) {
        others.add(own);
        return;
      }
      metric ??= metricOf(value, options.metric, source.name, line);
      const score = numberOrNaN(value[metric]);
      if (!(metric in value))
        throw new InputError("the sample does not have the metric", {
          source: source.name,
          at: `line ${line}`,
          field: metric,
          found: candidates(value).join(", ") || "no metric",
          hint: "Choose one with --metric; for tasks of different metrics several, with commas, the first that a task has.",
        });
      table.addNamed(subject, `${task}/${nameOf(value.doc_id)}`, score, {
        text: textOf(value),
        scenario: task,
      });
    };
    const end = () => {
      const left = [...others].map((name) => `"${name}"`).join(", ");
      if (filter === undefined && left)
        warn(
          `${source.name}: no answer was extracted by the filter "${options.filter}"; there are ${left} (--filter takes several, with commas).`,
        );
      else if (left && !wanted)
        warn(
          `${source.name}: answers extracted by the filter "${filter}" are taken, ${left} left out (--filter chooses).`,
        );
    };
    return Object.assign(read, { end });
  },
};

/** What the harness writes where a task names no filter. */
const unfiltered = "none";

const candidates = (sample: JsonObject): string[] =>
  Object.keys(sample).filter((key) => !notMetrics.has(key) && !Number.isNaN(numberOrNaN(sample[key])));

function metricOf(sample: JsonObject, wanted: string | undefined, source: string, line: number): string {
  if (wanted !== undefined) {
    const listed = wanted.split(",");
    return listed.find((name) => name in sample) ?? listed[0];
  }
  const listed = Array.isArray(sample.metrics)
    ? sample.metrics.filter((name) => typeof name === "string")
    : [];
  const usable = candidates(sample);
  const named =
    listed.find((name) => usable.includes(name)) ?? preferred.find((name) => usable.includes(name));
  if (named !== undefined) return named;
  if (usable.length === 1) return usable[0];
  throw new InputError("it is not clear which number is the score", {
    source,
    at: `line ${line}`,
    found: usable.join(", ") || "no number",
    hint: "Choose one with --metric.",
  });
}

async function modelOf({ source }: Reading, time: string | undefined): Promise<string> {
  const names = (await source.neighbours?.()) ?? [];
  const name =
    names.find((n) => n === `results_${time}.json`) ??
    names.filter((n) => /^results_.*\.json$/.test(n)).at(-1);
  const results = name !== undefined ? await source.beside?.(name) : undefined;
  if (results) {
    const content = parsePythonJson(await readText(results), results.name);
    if (isObject(content)) {
      const config = isObject(content.config) ? content.config : {};
      const args = typeof config.model_args === "string" ? config.model_args : "";
      const model = textOrNone(content.model_name) ?? /(?:^|,)(?:pretrained|model)=([^,]+)/.exec(args)?.[1];
      if (model) return model;
    }
  }
  const folder = pathOf(source).at(-2);
  if (folder === undefined)
    throw new InputError("the file does not say which model answered", {
      source: source.name,
      hint: "Give the folder that lm_eval wrote (--output_path), or the name with --subject NAME.",
    });
  return folder.replace("__", "/");
}

/** The question itself where the document has one, or the prompt. */
function textOf(sample: JsonObject): string | undefined {
  const doc = isObject(sample.doc) ? sample.doc : {};
  for (const field of ["question", "problem", "query", "input", "prompt", "text"]) {
    const text = textOrNone(doc[field]);
    if (text) return text;
  }
  const first = isObject(sample.arguments)
    ? sample.arguments.gen_args_0
    : Array.isArray(sample.arguments)
      ? sample.arguments[0]
      : undefined;
  const prompt = isObject(first) ? first.arg_0 : Array.isArray(first) ? first[0] : first;
  return textOrNone(Array.isArray(prompt) ? prompt[0] : prompt);
}
