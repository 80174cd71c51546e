import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { writeWhole } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import { seededRandom } from "../numerics/index.ts";
import {
  BudgetPacer,
  type Decision,
  explain,
  type Reason,
  type RouteRequest,
  type Router,
  route,
  type SimilarQuestion,
  similarTo,
  withPrices,
} from "../routing/index.ts";
import { loadRouter } from "../storage/index.ts";
import { seedOption } from "./options.ts";
import { type AskedQuestion, readQuestions } from "./question-file.ts";
import {
  type RouterEmbeddingOptions,
  routerEmbeddingOptions,
  withQuestionVectors,
} from "./router-embeddings.ts";
import { constraintsOf, type RoutingOptions, routingOptions } from "./routing-options.ts";

interface Options extends RoutingOptions, RouterEmbeddingOptions {
  readonly file?: string;
  readonly seed: number;
  readonly format: "tripos" | "routerarena";
  readonly out?: string;
  readonly json?: true;
}

type Request = Omit<RouteRequest, "text">;

/** `tripos route` */
export function routeCommand(): Command {
  const command = new Command("route")
    .description("choose the LLM for a question, and say why")
    .argument("<router>", "folder of the router")
    .argument("[text]", "the question; standard input when it is -")
    .option(
      "--file <file>",
      "questions, one JSON object a line with text (or question, prompt) and perhaps id; or a JSON list of them",
    );
  for (const option of [...routingOptions(), ...routerEmbeddingOptions()]) command.addOption(option);
  return command
    .addOption(seedOption("what explore draws"))
    .addOption(
      new Option("--format <format>", "what to write for --file")
        .choices(["tripos", "routerarena"])
        .default("tripos"),
    )
    .option("--out <file>", "write there instead of to standard output")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos route router "What is the derivative of x^2?"
  tripos route router --file questions.jsonl --policy cheapest:0.8 --json
  tripos route router "Describe this picture" --prices prices.yaml --needs vision,region=eu
  tripos route router --file dataset/router_data.json --format routerarena --out predictions.json`,
    )
    .action(async (folder: string, text: string | undefined, options: Options) => {
      if ((text === undefined) === (options.file === undefined))
        throw new InputError("give one question, or a file of questions with --file", {});
      const { policy, prices } = options;
      const request = { ...constraintsOf(options), policy, random: seededRandom(options.seed) };
      const questions = options.file === undefined ? undefined : readQuestions(options.file);
      const loaded = loadRouter(folder);
      const asked = text === "-" ? readFileSync(0, "utf8") : (text ?? "");
      const texts = questions?.map((question) => question.text) ?? [asked];
      const priced = prices ? withPrices(loaded, prices, questions && texts) : loaded;
      const router = await withQuestionVectors(priced, [texts], options);
      write(
        questions
          ? routedFile(questions, routeAll(router, questions, request), options)
          : routedText(router, asked, request, options),
        options.out,
      );
    });
}

function routeAll(router: Router, questions: readonly AskedQuestion[], request: Request): Decision[] {
  const { policy } = request;
  const pacer = policy?.kind === "budget" ? new BudgetPacer(router, policy.perQuestion) : undefined;
  return questions.map(({ text }) => {
    const decision = route(router, {
      text,
      ...request,
      ...(pacer && { price: pacer.price, affordable: pacer.affordable }),
    });
    pacer?.spend(decision.cost ?? 0);
    return decision;
  });
}

function routedFile(
  questions: readonly AskedQuestion[],
  decisions: readonly Decision[],
  { format, json }: Options,
): string {
  if (format === "routerarena") return routerArena(questions, decisions);
  if (json)
    return `${JSON.stringify({ decisions: decisions.map((d, i) => ({ id: questions[i].id, ...d })) })}\n`;
  return decisions.map((d, i) => `${questions[i].id}\t${d.model}\t${d.p.toFixed(3)}\n`).join("");
}

function routedText(router: Router, text: string, request: Request, { json }: Options): string {
  const decision = route(router, { text, ...request });
  const rival = decision.candidates
    .filter(({ model }) => model !== decision.model)
    .reduce<Decision["candidates"][number] | undefined>((a, b) => (a && a.p >= b.p ? a : b), undefined);
  const reasons = explain(router, text, decision.model, rival?.model);
  const similar = similarTo(router, text);
  return json
    ? `${JSON.stringify({ ...decision, ...(rival && { rival: rival.model }), reasons, similar })}\n`
    : told(decision, rival?.model, reasons) + similarLine(similar);
}

function write(text: string, out: string | undefined): void {
  if (out) writeWhole(out, text);
  else process.stdout.write(text);
}

function told(decision: Decision, rival: string | undefined, reasons: readonly Reason[]): string {
  const width = Math.max(...decision.candidates.map(({ model }) => model.length));
  const lines = decision.candidates.map(
    ({ model, p, interval, cost }) =>
      `${model === decision.model ? "→" : " "} ${model.padEnd(width)}  P ${p.toFixed(3)} [${interval[0].toFixed(3)}, ${interval[1].toFixed(3)}]${cost === undefined ? "" : `  $${cost.toPrecision(3)}`}`,
  );
  const out = decision.excluded.map(({ model, why }) => `  ${model}: left out, ${why}`);
  const strange = decision.novelty > 0.5 ? ["The question is unlike the training questions."] : [];
  return `${[decision.rule, ...lines, ...out, ...strange, ...whyLines(decision.model, rival, reasons)].join("\n")}\n`;
}

function similarLine(similar: readonly SimilarQuestion[]): string {
  if (similar.length === 0) return "";
  const named = similar.map(({ id, similarity }) => `${id} (${similarity.toFixed(2)})`).join(", ");
  return `Training questions most like it: ${named}\n`;
}

/** Reasons shown. */
const shown = 5;

function whyLines(model: string, rival: string | undefined, reasons: readonly Reason[]): string[] {
  if (reasons.length === 0) return [];
  const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
  const title = `What moves P of ${model}${rival ? ` (and its lead over ${rival})` : ""}, against the average training question:`;
  return [
    title,
    ...reasons.slice(0, shown).map(({ feature, unusual, p, lead }) => {
      const how =
        unusual === undefined
          ? feature
          : `${feature} (${Math.abs(unusual).toFixed(1)} SD ${unusual < 0 ? "below" : "above"} the mean)`;
      return `  ${signed(p)}${rival ? ` (${signed(lead)})` : ""}  ${how}`;
    }),
  ];
}

/**
 * RouterArena's prediction file (Lu et al. 2025): a list in the dataset's order, `generated_result` and what follows to be
 * filled by its own inference. Model names must be among those of the router's configuration there.
 */
function routerArena(questions: readonly AskedQuestion[], decisions: readonly Decision[]): string {
  const rows = decisions.map(({ model }, i) => ({
    "global index": questions[i].id,
    prompt: questions[i].text,
    prediction: model,
    generated_result: null,
    cost: null,
    accuracy: null,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
