import { Option } from "commander";
import { InputError, show } from "../input-error.ts";
import {
  type ModelTable,
  type Needs,
  type Policy,
  parsePolicy,
  type RouteConstraints,
} from "../routing/index.ts";
import { pricesOption } from "./prices.ts";

/** How a command that routes was told to choose. */
export interface RoutingOptions {
  readonly policy: Policy;
  readonly allow?: readonly string[];
  readonly needs?: Needs;
  readonly prices?: ModelTable;
}

/** The options of every command that routes questions. */
export const routingOptions = (): Option[] => [
  new Option(
    "--policy <policy>",
    "quality, cheapest:TAU, budget:DOLLARS, utility:LAMBDA, cascade:TAU, explore",
  )
    .argParser((text) => parsePolicy(text, "--policy"))
    .default({ kind: "quality" }, "quality"),
  pricesOption(),
  new Option("--allow <models>", "only these models, separated by commas").argParser((text) =>
    text.split(",").map((name) => name.trim()),
  ),
  new Option(
    "--needs <what>",
    "what the models must be able to do by the price table: tools, vision, region=NAME, separated by commas",
  ).argParser(needsOf),
];

function needsOf(text: string): Needs {
  const needs: { tools?: boolean; vision?: boolean; region?: string } = {};
  for (const part of text.split(",").map((each) => each.trim())) {
    const [what, name] = part.split("=");
    if ((what === "tools" || what === "vision") && name === undefined) needs[what] = true;
    else if (what === "region" && name) needs.region = name;
    else
      throw new InputError("the needs cannot be understood", {
        source: "--needs",
        found: show(part),
        expected: "tools, vision or region=NAME",
      });
  }
  return needs;
}

/** @throws InputError for needs without the table that says which models fulfil them */
export function constraintsOf({ allow, needs, prices }: RoutingOptions): RouteConstraints {
  if (needs && !prices)
    throw new InputError("nothing says what the models can do", {
      source: "--needs",
      expected: '--prices FILE with "tools", "vision" or "regions" for the models that are limited',
    });
  return {
    ...(allow && { allowed: allow }),
    ...(needs && { needs }),
    ...(prices && { capabilities: prices }),
  };
}

/** A policy as it is written. */
export function policyText(policy: Policy): string {
  const [kind, setting] = Object.values(policy) as [string, number?];
  return setting === undefined ? kind : `${kind}:${setting}`;
}
