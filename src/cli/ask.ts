import { readFileSync } from "node:fs";
import { Command } from "commander";
import { InputError } from "../input-error.ts";
import { askEndpoint, checkedUrl, type Endpoint, NoReply, type Reply } from "../openai/index.ts";
import { type Cascaded, runCascade, tokenCost, withPrices } from "../routing/index.ts";
import { loadRouter } from "../storage/index.ts";
import { commandGrader } from "./command-grader.ts";
import { realNumber } from "./options.ts";
import {
  type RouterEmbeddingOptions,
  routerEmbeddingOptions,
  withQuestionVectors,
} from "./router-embeddings.ts";
import { constraintsOf, type RoutingOptions, routingOptions } from "./routing-options.ts";

interface Options extends Omit<RoutingOptions, "policy">, RouterEmbeddingOptions {
  readonly baseUrl: string;
  readonly accept: number;
  readonly verify?: string;
  readonly keyEnv: string;
  readonly json?: true;
}

/** `tripos ask` */
export function askCommand(): Command {
  const command = new Command("ask")
    .description(
      "answer a question by a cascade: the cheapest model that may do, then dearer ones while need be",
    )
    .argument("<router>", "folder of the router; it must know costs, or be given --prices")
    .argument("<text>", "the question; standard input when it is -")
    .requiredOption("--base-url <url>", "OpenAI-compatible server of all the models, up to and including /v1")
    .option("--accept <p>", "P(correct) that is enough", realNumber("--accept", 0, 1), 0.8)
    .option(
      "--verify <command>",
      'a program that judges an answer: {"question", "response"} as JSON on its standard input, P(correct) from 0 to 1 on its output, or nothing where it cannot tell',
    )
    .option("--key-env <name>", "environment variable that holds the API key", "OPENAI_API_KEY")
    .option("--json", "print one JSON object");
  // An embedding service is asked at the same server as the models.
  for (const option of routerEmbeddingOptions())
    if (option.attributeName() !== "baseUrl") command.addOption(option);
  for (const option of routingOptions()) if (option.attributeName() !== "policy") command.addOption(option);
  return command
    .addHelpText(
      "after",
      `
Without --verify the router's own P decides: the cheapest model whose P is enough is asked, else the one with the
highest.

Examples:
  tripos ask router "What is 7 × 8?" --base-url http://127.0.0.1:8000/v1 --accept 0.9
  tripos ask router - --base-url https://openrouter.ai/api/v1 --verify "python run_tests.py" < task.txt`,
    )
    .action(async (folder: string, given: string, options: Options) => {
      const text = given === "-" ? readFileSync(0, "utf8") : given;
      const loaded = loadRouter(folder);
      const priced = options.prices ? withPrices(loaded, options.prices) : loaded;
      const router = await withQuestionVectors(priced, [[text]], options);
      const baseUrl = checkedUrl(options.baseUrl);
      const apiKey = process.env[options.keyEnv];
      const verify = options.verify === undefined ? undefined : commandGrader(options.verify);
      const cascaded = await runCascade(
        router,
        { text, ...constraintsOf({ ...options, policy: { kind: "cascade", accept: options.accept } }) },
        options.accept,
        (model) => reply(text, { baseUrl, model, ...(apiKey && { apiKey }) }),
        verify &&
          (async ({ text: response }) => {
            const question = { item: "question", question: text, grader: { type: "command" } } as const;
            return (await verify(question, response)).score ?? Number.NaN;
          }),
      );
      process.stdout.write(options.json ? `${JSON.stringify(summary(cascaded, options))}\n` : told(cascaded));
    });
}

async function reply(text: string, endpoint: Endpoint): Promise<Reply> {
  try {
    return await askEndpoint(text, endpoint);
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    throw new InputError("the server gives no answer", {
      source: endpoint.baseUrl,
      field: endpoint.model,
      found: error.message,
    });
  }
}

/** Dollars of all that was asked, by the price table; null where that or the tokens are unknown. */
function spent({ asked }: Cascaded<Reply>, { prices }: Options): number | null {
  const costs = asked.map(({ model, answer: { promptTokens, completionTokens } }) =>
    prices
      ? tokenCost(prices, model, promptTokens ?? Number.NaN, completionTokens ?? Number.NaN)
      : Number.NaN,
  );
  const sum = costs.reduce((a, b) => a + b, 0);
  return Number.isFinite(sum) ? sum : null;
}

function summary(cascaded: Cascaded<Reply>, options: Options) {
  const { chosen, accepted, asked, decision } = cascaded;
  return {
    model: chosen.model,
    answer: chosen.answer.text,
    judged: chosen.judged,
    accepted,
    cost: spent(cascaded, options),
    asked: asked.map(({ model, p, judged, answer }) => ({ model, p, judged, answer: answer.text })),
    rule: decision.rule,
  };
}

/** The answer on standard output, how it came about on standard error. */
function told({ chosen, accepted, asked }: Cascaded<Reply>): string {
  for (const { model, p, judged } of asked)
    process.stderr.write(`tripos: ${model}: P ${p.toFixed(3)}, its answer judged ${judged.toFixed(3)}\n`);
  if (!accepted) process.stderr.write(`tripos: no answer was good enough; this is ${chosen.model}'s\n`);
  return `${chosen.answer.text}\n`;
}
