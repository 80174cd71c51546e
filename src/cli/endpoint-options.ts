import { type Command, Option } from "commander";
import { judgeTemplate, type TakeOptions } from "../exam/index.ts";
import { readTextFile } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { checkedUrl, type Endpoint, type Price } from "../openai/index.ts";
import { commandGrader } from "./command-grader.ts";
import { realNumber, wholeNumber } from "./options.ts";
import { priceOf } from "./prices.ts";

/** How a command was told to ask a server, and others to grade. */
export interface EndpointCommandOptions {
  readonly baseUrl: string;
  readonly model: string;
  readonly api: "chat" | "completions";
  readonly system?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly param: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
  readonly timeout: number;
  readonly attempts: number;
  readonly keyEnv: string;
  readonly graderCommand?: string;
  readonly judgeModel?: string;
  readonly judgeBaseUrl?: string;
  readonly judgeKeyEnv?: string;
  readonly judgeTemplate?: string;
  readonly prices?: string;
  readonly price?: Price;
  readonly judgePrice?: Price;
}

export function addEndpointOptions(command: Command): Command {
  return command
    .requiredOption("--base-url <url>", "OpenAI-compatible server, up to and including /v1")
    .requiredOption("--model <name>", "its model")
    .addOption(
      new Option("--api <kind>", "which of the server's APIs")
        .choices(["chat", "completions"])
        .default("chat"),
    )
    .option("--system <text>", "system message")
    .option("--temperature <t>", "sampling temperature", realNumber("--temperature", 0, 10))
    .option("--max-tokens <n>", "bound on the answer's length", wholeNumber("--max-tokens", 1))
    .option("--param <key=json>", "a further field of the request (repeatable)", parameterOf, {})
    .option("--concurrency <n>", "questions under way at once", wholeNumber("--concurrency", 1, 1000), 8)
    .option("--timeout <s>", "seconds for one request", realNumber("--timeout", 0.001, 86_400), 120)
    .option("--attempts <n>", "requests for one question at most", wholeNumber("--attempts", 1, 100), 6)
    .option("--key-env <name>", "environment variable that holds the API key", "OPENAI_API_KEY")
    .option(
      "--grader-command <command>",
      "a program for the grader `command`: JSON on its standard input, a score from 0 to 1 on its output",
    )
    .option("--judge-model <name>", "model for the grader `judge`")
    .option("--judge-base-url <url>", "its server (default: the same)")
    .option(
      "--judge-key-env <name>",
      "environment variable that holds its API key (default: that of --key-env, on the same server only)",
    )
    .option("--judge-template <file>", "its prompt, with {{question}}, {{answer}} and {{response}}")
    .option(
      "--prices <file>",
      'price table, {"model": {"input": $, "output": $}} for a million tokens, or LiteLLM\'s (JSON or YAML)',
    )
    .option("--price <in,out>", "dollars for a million tokens in and out", pricePair)
    .option("--judge-price <in,out>", "the same for the judge (default: from --prices)", pricePair);
}

/** The server to ask, its price, and the graders beyond the built-in ones. */
export function endpointOptions(options: EndpointCommandOptions): Omit<TakeOptions, "subject"> {
  const { temperature, maxTokens, param, graderCommand } = options;
  const apiKey = process.env[options.keyEnv];
  const endpoint: Endpoint = {
    baseUrl: checkedUrl(options.baseUrl),
    model: options.model,
    api: options.api,
    parameters: {
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { max_tokens: maxTokens }),
      ...param,
    },
    timeout: 1000 * options.timeout,
    attempts: options.attempts,
    ...(apiKey && { apiKey }),
    ...(options.system !== undefined && { system: options.system }),
  };
  const price = options.price ?? tablePrice(options, options.model);
  return {
    endpoint,
    concurrency: options.concurrency,
    ...(price && { price }),
    ...(graderCommand !== undefined && { graderCommand, command: commandGrader(graderCommand) }),
    ...judgeOf(options, endpoint),
  };
}

function tablePrice({ prices }: EndpointCommandOptions, model: string): Price | undefined {
  return prices === undefined ? undefined : priceOf(readTextFile(prices), prices, model);
}

/** A judge shares nothing with the server under examination but patience, and the key where it is the same server. */
function judgeOf(options: EndpointCommandOptions, examined: Endpoint): Pick<TakeOptions, "judge"> {
  const { judgeModel, judgeBaseUrl, judgeKeyEnv, judgeTemplate: template, judgePrice } = options;
  if (judgeModel === undefined) {
    if ([judgeBaseUrl, judgeKeyEnv, template, judgePrice].some((option) => option !== undefined))
      throw new InputError("a judge needs its model's name", { source: "--judge-model" });
    return {};
  }
  const baseUrl =
    judgeBaseUrl === undefined ? examined.baseUrl : checkedUrl(judgeBaseUrl, "--judge-base-url");
  const sameServer = new URL(baseUrl).origin === new URL(examined.baseUrl).origin;
  const apiKey = judgeKeyEnv === undefined ? sameServer && examined.apiKey : process.env[judgeKeyEnv];
  const { timeout, attempts } = options;
  const price = judgePrice ?? tablePrice(options, judgeModel);
  return {
    judge: {
      endpoint: {
        baseUrl,
        model: judgeModel,
        parameters: { temperature: 0 },
        timeout: 1000 * timeout,
        attempts,
        ...(apiKey && { apiKey }),
      },
      template: template === undefined ? judgeTemplate : readTextFile(template),
      ...(price && { price }),
    },
  };
}

function parameterOf(
  text: string,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const at = text.indexOf("=");
  if (at < 1)
    throw new InputError("the value does not fit", { source: "--param", found: text, expected: "key=json" });
  const value = text.slice(at + 1);
  try {
    return { ...before, [text.slice(0, at)]: JSON.parse(value) };
  } catch {
    return { ...before, [text.slice(0, at)]: value };
  }
}

/** Dollars in and out of `--price`. @throws InputError for anything but two amounts */
export function pricePair(text: string): Price {
  const parts = text.split(",");
  const [input, output] = parts.map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!(parts.length === 2 && input >= 0 && output >= 0 && input + output < Infinity))
    throw new InputError("the value does not fit", {
      source: "--price, --judge-price",
      found: text,
      expected: "two numbers, in,out",
    });
  return { input, output };
}
