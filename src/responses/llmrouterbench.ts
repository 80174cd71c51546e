import { parsePythonJson, readText, type Source } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import {
  costOfTokens,
  isListOfObjects,
  isObject,
  type JsonFormat,
  type JsonObject,
  nameOf,
  numberOrNaN,
  pathOf,
  type Reading,
  textOrNone,
} from "./format.ts";

/**
 * LLMRouterBench's results (https://github.com/ynulihao/LLMRouterBench): `bench/DATASET/SPLIT/MODEL/….json`, each
 * `{model_name, dataset_name, split, records: [{index, origin_query, score, prompt_tokens, completion_tokens, cost}]}`.
 * Older files do not repeat the names, which then come from the folders. Trial runs (`demo`) are left out.
 */
export const llmRouterBench: JsonFormat = {
  name: "llmrouterbench",
  title: "LLMRouterBench results",
  matches: (value) => {
    if (!isObject(value) || !isListOfObjects(value.records)) return false;
    const first = value.records[0];
    return "performance" in value && (first === undefined || ("origin_query" in first && "score" in first));
  },
  async read(value, _text, reading) {
    const { source, table, warn } = reading;
    const result = value as JsonObject & { records: JsonObject[] };
    if (result.demo === true) {
      warn(`${source.name}: a trial run (demo), left out.`);
      return;
    }
    if (await isSuperseded(source)) {
      warn(`${source.name}: a later run stands beside it, left out.`);
      return;
    }
    const [dataset, split, model] = namesOf(result, reading);
    const scenario = split === "" || split === "test" ? dataset : `${dataset}-${split}`;
    for (const [i, record] of result.records.entries()) {
      const { score, cost, index } = record;
      if (score !== null && score !== undefined && typeof score !== "number" && typeof score !== "boolean")
        throw new InputError("the score is not a number", {
          source: source.name,
          at: `record ${i}`,
          field: "score",
          found: show(score),
        });
      if (typeof cost === "number" && cost < 0)
        throw new InputError("a cost is negative", {
          source: source.name,
          at: `record ${i}`,
          field: "cost",
          found: String(cost),
          expected: "dollars ≥ 0",
        });
      table.addNamed(
        model,
        `${scenario}/${nameOf(index ?? i)}`,
        score === null || score === undefined ? Number.NaN : Number(score),
        { text: textOrNone(record.origin_query) ?? textOrNone(record.prompt), scenario },
        1,
        costOfTokens(
          reading.options,
          model,
          numberOrNaN(record.prompt_tokens),
          numberOrNaN(record.completion_tokens),
          numberOrNaN(cost),
        ),
      );
    }
  },
};

/** Whether a later run of the same model on the same data, not a trial, stands beside the file: that one counts. */
async function isSuperseded(source: Source): Promise<boolean> {
  const stamp = /^(.*)-(\d{8}_\d{6})\.json$/.exec(pathOf(source).at(-1) ?? "");
  for (const name of (stamp && (await source.neighbours?.())) || []) {
    const other = /^(.*)-(\d{8}_\d{6})\.json$/.exec(name);
    if (other?.[1] !== stamp?.[1] || !other || !stamp || other[2] <= stamp[2]) continue;
    const later = await source.beside?.(name);
    const content = later && parsePythonJson(await readText(later), later.name);
    if (isObject(content) && content.demo !== true) return true;
  }
  return false;
}

function namesOf(result: JsonObject, { source, options }: Reading): [string, string, string] {
  const folders = pathOf(source).slice(-4, -1);
  const dataset = textOrNone(result.dataset_name) ?? folders.at(-3);
  const model = options.subject ?? textOrNone(result.model_name) ?? folders.at(-1);
  if (dataset === undefined || model === undefined)
    throw new InputError("the file names neither dataset nor model", {
      source: source.name,
      expected: "model_name and dataset_name, or the folders DATASET/SPLIT/MODEL",
    });
  return [dataset, textOrNone(result.split) ?? folders.at(-2) ?? "", model];
}
