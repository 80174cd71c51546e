import { Option } from "commander";
import { parse } from "yaml";
import { readTextFile } from "../files/index.ts";
import { InputError, show } from "../input-error.ts";
import type { Price } from "../openai/index.ts";
import { factsOf, type ModelTable, modelTable } from "../routing/index.ts";

/** `--prices FILE` of the commands that weigh costs. */
export const pricesOption = (): Option =>
  new Option(
    "--prices <file>",
    "price table, JSON or YAML: MODEL: {input: $, output: $} for a million tokens (docs/routing.md)",
  ).argParser((path) => pricesIn(readTextFile(path), path));

function pricesIn(text: string, source: string): ModelTable {
  let table: unknown;
  try {
    table = parse(text);
  } catch (error) {
    throw new InputError("the price table cannot be read", { source, found: (error as Error).message });
  }
  return modelTable(table, source);
}

/** The price of a model in a table's text (see `modelTable`). @throws InputError where it has none */
export function priceOf(text: string, source: string, model: string): Price {
  const { input, output } = factsOf(pricesIn(text, source), model);
  if (input === undefined || output === undefined)
    throw new InputError("the price table has no price of the model", {
      source,
      field: model,
      found: show(undefined),
      expected: '{"input": dollars, "output": dollars} for a million tokens',
    });
  return { input, output };
}
