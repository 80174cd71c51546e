import { InputError, show } from "../input-error.ts";
import { priceOfTokens } from "../openai/index.ts";
import type { Capabilities } from "./constraints.ts";

/** What one model's answers cost, in dollars for a million tokens, and what it can do. */
export interface ModelFacts extends Capabilities {
  readonly input?: number;
  readonly output?: number;
  /** Usual length of an answer in tokens, where no answers are at hand to learn it from; 300 unless told. */
  readonly answerTokens?: number;
}

/** A price table: facts by the model's name; those of "*" hold for all models without an entry. */
export type ModelTable = Readonly<Record<string, ModelFacts>>;

const expected = {
  input: "a number ≥ 0",
  output: "a number ≥ 0",
  answerTokens: "a number ≥ 0",
  context: "a number ≥ 0",
  tools: "true or false",
  vision: "true or false",
  regions: "a list of names",
} as const;
type Fact = keyof typeof expected;

const fits: Readonly<Record<(typeof expected)[Fact], (value: unknown) => boolean>> = {
  "a number ≥ 0": (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
  "true or false": (value) => typeof value === "boolean",
  "a list of names": (value) => Array.isArray(value) && value.every((name) => typeof name === "string"),
};

/** LiteLLM's names of the facts, dollars for one token. */
const liteLLM: Readonly<Record<string, readonly [Fact, number]>> = {
  input_cost_per_token: ["input", 1e6],
  output_cost_per_token: ["output", 1e6],
  max_input_tokens: ["context", 1],
  supports_function_calling: ["tools", 1],
  supports_vision: ["vision", 1],
};

const aPrice = '{"input": dollars, "output": dollars} for a million tokens';

/**
 * Checks a price table that was read from JSON or YAML: `{"gpt-4o": {"input": 2.5, "output": 10}}`, dollars for a
 * million tokens; an entry may also have `answerTokens`, `context` (tokens), `tools`, `vision` and `regions`. LiteLLM's
 * table (`input_cost_per_token`, …) does too.
 * @throws InputError for a field that is not known or does not fit, and for one price without the other
 */
export function modelTable(value: unknown, source: string): ModelTable {
  if (!isObject(value) || Object.keys(value).length === 0)
    throw new InputError("this is no price table", {
      source,
      found: show(value),
      expected: `{"MODEL": ${aPrice}, …}`,
    });
  return Object.fromEntries(
    Object.entries(value).map(([model, entry]) => [model, factsIn(entry, model, source)]),
  );
}

/** Facts of a model: its own, or those of "*". */
export function factsOf(table: ModelTable, model: string): ModelFacts {
  if (Object.hasOwn(table, model)) return table[model];
  return Object.hasOwn(table, "*") ? table["*"] : {};
}

/** Dollars for so many tokens of a model's; NaN where the table has no price of it. */
export function tokenCost(table: ModelTable, model: string, input: number, output: number): number {
  const facts = factsOf(table, model);
  if (facts.input === undefined || facts.output === undefined) return Number.NaN;
  return priceOfTokens({ input: facts.input, output: facts.output }, input, output);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function factsIn(entry: unknown, model: string, source: string): ModelFacts {
  if (!isObject(entry))
    throw new InputError("the price table's entry cannot be used", {
      source,
      field: model,
      found: show(entry),
      expected: aPrice,
    });
  const foreign = Object.keys(entry).some((field) => Object.hasOwn(liteLLM, field));
  const facts: Partial<Record<Fact, unknown>> = {};
  for (const [field, value] of Object.entries(entry)) {
    const named = Object.hasOwn(liteLLM, field) ? liteLLM[field] : undefined;
    const fact = named ? named[0] : field;
    if (!Object.hasOwn(expected, fact)) {
      // LiteLLM's entries have dozens of fields more.
      if (foreign) continue;
      throw new InputError("the price table has a field that is not known", {
        source,
        field: `${model}.${field}`,
        expected: Object.keys(expected).join(", "),
      });
    }
    const form = expected[fact as Fact];
    if (!fits[form](value))
      throw new InputError("the price table has a value that does not fit", {
        source,
        field: `${model}.${field}`,
        found: show(value),
        expected: form,
      });
    facts[fact as Fact] = named && typeof value === "number" ? value * named[1] : value;
  }
  if ((facts.input === undefined) !== (facts.output === undefined))
    throw new InputError("a model's price has two parts", {
      source,
      field: model,
      found: show(entry),
      expected: aPrice,
    });
  return facts as ModelFacts;
}
