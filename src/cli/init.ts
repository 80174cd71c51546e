import { existsSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { writeWhole } from "../files/index.ts";
import type { GatewayConfig, GatewayConfigInput } from "../gateway/index.ts";
import { InputError } from "../input-error.ts";

interface Options {
  readonly out: string;
  readonly router?: string;
  readonly server?: string[];
  readonly model?: string[];
  readonly ask: boolean;
  readonly force?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `tripos init`: a configuration for the gateway from what is found on this machine. */
export function initCommand(): Command {
  return new Command("init")
    .description(
      "write a configuration for the gateway: finds local servers and provider keys, asks what is missing",
    )
    .option("-o, --out <file>", "file to write", "tripos.yaml")
    .option(
      "--router <folder>",
      'router of `tripos train`, or "mmlu"; without one the first model that works answers',
    )
    .option("--server <url...>", "OpenAI-compatible servers to use besides those found, as NAME=URL")
    .option("--model <name...>", "use only these models")
    .option("--no-ask", "do not ask providers for their models; use only those named by --model")
    .option("-y, --yes", "take every answer as proposed")
    .option("--force", "replace a file that is there")
    .option("--json", "print the configuration as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos init                                        asks, then writes tripos.yaml
  tripos init --yes --router ROUTER --out gateway.yaml
  tripos init --yes --server local=http://127.0.0.1:8000/v1 --model my-model`,
    )
    .action(async (options: Options) => {
      if (existsSync(options.out) && !options.force)
        throw new InputError("is there already", {
          source: options.out,
          hint: "Give another --out, or --force to replace it.",
        });
      const { demonstrationConfig, discoverUpstreams, parseConfig } = await import("../gateway/index.ts");
      const named = (options.server ?? []).map(namedServer);
      const found = [
        ...(await discoverUpstreams({ environment: process.env, askProviders: options.ask })),
        ...(named.length > 0 ? await discoverUpstreams({ environment: {}, servers: named }) : []),
      ];
      for (const [name, baseUrl] of named)
        if (!found.some(({ upstream }) => upstream.name === name))
          found.push({ upstream: { name, baseUrl }, models: [] });
      for (const { upstream, models } of found)
        process.stderr.write(
          `Found ${upstream.name} (${models.length} models${upstream.keyFrom ? ", key in the environment" : ""}).\n`,
        );
      if (found.length === 0)
        process.stderr.write("Found no server and no key: the demonstration upstream will answer.\n");
      const interactive = process.stdin.isTTY && !options.yes;
      const all = found.flatMap(({ upstream, models }) =>
        models.map((name) => ({ name, upstream: upstream.name })),
      );
      const chosen =
        options.model ?? (interactive && all.length > 0 ? await ask(all.map(({ name }) => name)) : undefined);
      const only = found.length === 1 ? found[0].upstream.name : undefined;
      const models = chosen
        ? chosen.map((name) => ({
            name,
            upstream: all.find((each) => each.name === name)?.upstream ?? only ?? unknown(name),
          }))
        : all;
      if (found.length > 0 && models.length === 0)
        throw new InputError("no models are known", {
          hint: "Name some with --model, or leave --no-ask out so that the providers are asked.",
        });
      const names = found.length > 0 ? models.map(({ name }) => name) : options.model;
      if (options.router && names) checkKnown(options.router, names, demonstrationConfig(options.router));
      const used = new Set(models.map(({ upstream }) => upstream));
      const config: GatewayConfigInput =
        found.length > 0
          ? {
              ...(options.router && { router: pathFrom(options.out, options.router) }),
              upstreams: found.map(({ upstream }) => upstream).filter(({ name }) => used.has(name)),
              models: firstOfEachName(models),
            }
          : demonstration(demonstrationConfig(options.router), options);
      parseConfig(config, options.out);
      const { stringify } = await import("yaml");
      const unpriced =
        found.length > 0
          ? "# No provider tells its prices: without one a model's cost is unknown, and policies and budgets that weigh costs leave\n# it out. Add to each model, in US dollars per million tokens:  price: { input: 0.2, output: 0.6 }\n"
          : "";
      writeWhole(
        options.out,
        `# The gateway's configuration; docs/gateway.md lists every option. Start: tripos serve --config ${options.out}\n${unpriced}${stringify(config)}`,
      );
      if (options.json) process.stdout.write(`${JSON.stringify(config)}\n`);
      else
        process.stdout.write(
          `Wrote ${options.out}. Now:\n\n  tripos serve --config ${options.out}\n\n  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\\n    -d '{"model": "tripos", "messages": [{"role": "user", "content": "Is glass a liquid?"}]}'\n`,
        );
    });
}

/** What plain `tripos serve` starts with, to be changed by hand. */
function demonstration(
  { router = "mmlu", models }: GatewayConfig,
  { model: wanted, out, router: asked }: Options,
): GatewayConfigInput {
  const upstreams = [{ name: "demonstration", kind: "demonstration" as const }];
  const known = wanted ? models.filter(({ name }) => wanted.includes(name)) : models;
  if (wanted && !asked && known.length < wanted.length)
    return { upstreams, models: wanted.map((name) => ({ name, upstream: "demonstration" })) };
  return {
    router: pathFrom(out, router),
    upstreams,
    models: known.map(({ name, upstream, price }) => ({ name, upstream, price })),
  };
}

/**
 * Says which models the router would never choose. @throws InputError when that is all of them
 *
 * @param demonstration a configuration of all models that the router knows
 */
function checkKnown(router: string, names: readonly string[], demonstration: GatewayConfig): void {
  const known = demonstration.models.map(({ name }) => name);
  const strangers = names.filter((name) => !known.includes(name));
  if (strangers.length === names.length)
    throw new InputError("the router knows none of these models", {
      source: `--router ${router}`,
      found: names.slice(0, 5).join(", ") + (names.length > 5 ? `, and ${names.length - 5} more` : ""),
      expected: `some of ${known.join(", ")}`,
      hint: "Train one for your models (tripos train FILE… --out ROUTER), or leave --router out. A model whose server calls it otherwise has the router's name as its name, and the server's under `as`, in the configuration.",
    });
  for (const name of strangers)
    process.stderr.write(`The router ${router} does not know ${name} and will never choose it.\n`);
}

/** A path of the current folder as a file elsewhere has to name it. "mmlu" is no path. */
function pathFrom(file: string, path: string): string {
  if (path === "mmlu" || isAbsolute(path)) return path;
  const there = relative(dirname(resolve(file)), resolve(path));
  return there === "mmlu" ? "./mmlu" : there;
}

function namedServer(text: string): readonly [string, string] {
  const [, name, url] = /^([\w.-]+)=(https?:\/\/\S+)$/.exec(text) ?? [];
  if (name && url) return [name, url.replace(/\/$/, "")];
  throw new InputError("cannot be read", {
    source: "--server",
    found: text,
    expected: "NAME=URL, such as local=http://127.0.0.1:8000/v1",
  });
}

function unknown(name: string): never {
  throw new InputError("no upstream says that it has this model", { source: "--model", found: name });
}

function firstOfEachName<T extends { readonly name: string }>(models: readonly T[]): T[] {
  return models.filter(({ name }, i) => models.findIndex((each) => each.name === name) === i);
}

async function ask(names: readonly string[]): Promise<string[] | undefined> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (const [i, name] of names.entries()) process.stderr.write(`${String(i + 1).padStart(4)}  ${name}\n`);
    const answer = await reader.question("Which models? Numbers separated by commas, or nothing for all: ");
    const numbers = answer
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean)
      .map(Number);
    for (const number of numbers)
      if (!names[number - 1])
        throw new InputError("is not one of the models", {
          source: "answer",
          found: String(number),
          expected: `1 to ${names.length}`,
        });
    return numbers.length > 0 ? numbers.map((number) => names[number - 1]) : undefined;
  } finally {
    reader.close();
  }
}
