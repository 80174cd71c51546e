import { InputError, show } from "../input-error.ts";
import {
  isListOfObjects,
  isObject,
  type JsonFormat,
  type JsonLinesFormat,
  type JsonObject,
  nameOf,
  numberOrNaN,
  type Reading,
  textId,
  textOrNone,
} from "./format.ts";

const isResult = (value: unknown): boolean =>
  isObject(value) && "provider" in value && "vars" in value && ("success" in value || "score" in value);

const resultsOf = (value: unknown): unknown => {
  if (!isObject(value)) return undefined;
  return isObject(value.results) ? value.results.results : value.results;
};

/**
 * promptfoo's output (`promptfoo eval -o results.json`): `{evalId, results: {results: [{provider, prompt, vars,
 * score, success, cost}]}}`, with or without the outer envelope. A subject is a provider (with the prompt's label
 * where there are several prompts), an item a test case; `--repeat` gives repeated answers.
 */
export const promptfoo: JsonFormat = {
  name: "promptfoo",
  title: "promptfoo results",
  matches: (value) => {
    const results = resultsOf(value);
    return isListOfObjects(results) && results.length > 0 && isResult(results[0]);
  },
  read(value, _text, reading) {
    const results = resultsOf(value) as JsonObject[];
    const prompts = new Set(results.map(promptOf));
    const read = resultReader(reading, prompts.size > 1);
    for (const [i, result] of results.entries()) read(result, `result ${i}`);
  },
};

/** promptfoo's output as JSON lines (`-o results.jsonl`). */
export const promptfooLines: JsonLinesFormat = {
  name: "promptfoo",
  title: "promptfoo results (JSON lines)",
  matches: isResult,
  open(reading) {
    const read = resultReader(reading, false);
    return (value, line) => read(value, `line ${line}`);
  },
};

const promptOf = (result: JsonObject): string => {
  const prompt = isObject(result.prompt) ? result.prompt : {};
  return textOrNone(prompt.label) ?? textOrNone(prompt.raw) ?? nameOf(result.promptIdx ?? "");
};

function resultReader({ source, table, options }: Reading, severalPrompts: boolean) {
  return (result: unknown, at: string): void => {
    if (!isObject(result))
      throw new InputError("this is no result", { source: source.name, at, found: show(result) });
    const provider = isObject(result.provider)
      ? (textOrNone(result.provider.label) ?? textOrNone(result.provider.id))
      : textOrNone(result.provider);
    if (provider === undefined)
      throw new InputError("the result does not name its provider", {
        source: source.name,
        at,
        field: "provider",
        found: show(result.provider),
      });
    const test = isObject(result.testCase) ? result.testCase : {};
    const vars = isObject(result.vars) ? result.vars : {};
    // One description may stand for several tests (variables that are lists multiply them), so the hash is kept.
    const hash = textId(JSON.stringify([vars, test.assert ?? null]));
    const item = `${textOrNone(test.description) ?? "test"} ${hash}`;
    table.addNamed(
      severalPrompts ? `${provider} | ${promptOf(result)}` : provider,
      item,
      scoreOf(result, options.metric, source.name, at),
      { text: textOf(vars) },
      1,
      costOf(result),
    );
  };
}

/** The score of the assertions; NaN where the provider failed to answer (an error, not a wrong answer). */
function scoreOf(result: JsonObject, metric: string | undefined, source: string, at: string): number {
  const failedToAnswer =
    result.failureReason === 2 || (textOrNone(result.error) !== undefined && !isObject(result.gradingResult));
  if (failedToAnswer) return Number.NaN;
  if (metric === undefined)
    return Number.isNaN(numberOrNaN(result.score)) ? numberOrNaN(result.success) : numberOrNaN(result.score);
  const named = isObject(result.namedScores) ? result.namedScores : {};
  if (!Object.hasOwn(named, metric))
    throw new InputError("the result has no score of that name", {
      source,
      at,
      field: metric,
      found: Object.keys(named).join(", ") || "no named scores",
    });
  return numberOrNaN(named[metric]);
}

const costOf = (result: JsonObject): number =>
  typeof result.cost === "number" && result.cost > 0 ? result.cost : Number.NaN;

/** The variables as one text: what differs from question to question. */
const textOf = (vars: JsonObject): string | undefined => {
  const values = Object.values(vars).filter((value) => typeof value === "string");
  return textOrNone(values.join("\n"));
};
