import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { writeWhole } from "../files/index.ts";
import { InputError, show } from "../input-error.ts";
import { type Random, seededRandom } from "../numerics/index.ts";
import { loadRouter } from "../router-folder.ts";
import {
  BudgetPacer,
  type Decision,
  type Policy,
  parsePolicy,
  type Router,
  route,
} from "../routing/index.ts";
import { seedOption } from "./options.ts";

interface Options {
  readonly file?: string;
  readonly policy: string;
  readonly allow?: string;
  readonly seed: number;
  readonly format: "tripos" | "routerarena";
  readonly out?: string;
  readonly json?: true;
}

interface Question {
  readonly id: string;
  readonly text: string;
}

/** `tripos route` */
export function routeCommand(): Command {
  return new Command("route")
    .description("choose the LLM for a question, and say why")
    .argument("<router>", "folder of the router")
    .argument("[text]", "the question; standard input when it is -")
    .option(
      "--file <file>",
      "questions, one JSON object a line with text (or question, prompt) and perhaps id; or a JSON list of them",
    )
    .option(
      "--policy <policy>",
      "quality, cheapest:TAU, budget:DOLLARS, utility:LAMBDA, cascade:TAU, explore",
      "quality",
    )
    .addOption(seedOption("what explore draws"))
    .option("--allow <models>", "only these models, separated by commas")
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
  tripos route router --file dataset.json --format routerarena --out predictions.json`,
    )
    .action((folder: string, text: string | undefined, options: Options) => {
      if ((text === undefined) === (options.file === undefined))
        throw new InputError("give one question, or a file of questions with --file", {
          source: "tripos route",
        });
      const policy = parsePolicy(options.policy, "--policy");
      const router = loadRouter(folder);
      const allowed = options.allow?.split(",").map((name) => name.trim());
      const request = { policy, random: seededRandom(options.seed), ...(allowed && { allowed }) };
      if (text !== undefined) {
        const decision = route(router, { text: text === "-" ? readFileSync(0, "utf8") : text, ...request });
        write(options.json ? `${JSON.stringify(decision)}\n` : told(decision), options.out);
        return;
      }
      const questions = readQuestions(options.file as string);
      const decisions = routeAll(router, questions, request);
      if (options.format === "routerarena") write(routerArena(questions, decisions), options.out);
      else if (options.json)
        write(
          `${JSON.stringify({ decisions: decisions.map((d, i) => ({ id: questions[i].id, ...d })) })}\n`,
          options.out,
        );
      else
        write(
          decisions.map((d, i) => `${questions[i].id}\t${d.model}\t${d.p.toFixed(3)}\n`).join(""),
          options.out,
        );
    });
}

function routeAll(
  router: Router,
  questions: readonly Question[],
  request: { policy: Policy; random: Random; allowed?: readonly string[] },
): Decision[] {
  const { policy } = request;
  const pacer = policy.kind === "budget" ? new BudgetPacer(router, policy.perQuestion) : undefined;
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

function write(text: string, out: string | undefined): void {
  if (out) writeWhole(out, text);
  else process.stdout.write(text);
}

function told(decision: Decision): string {
  const width = Math.max(...decision.candidates.map(({ model }) => model.length));
  const lines = decision.candidates.map(
    ({ model, p, interval, cost }) =>
      `${model === decision.model ? "→" : " "} ${model.padEnd(width)}  P ${p.toFixed(3)} [${interval[0].toFixed(3)}, ${interval[1].toFixed(3)}]${cost === undefined ? "" : `  $${cost.toPrecision(3)}`}`,
  );
  const strange = decision.novelty > 0.5 ? "The question is unlike the training questions.\n" : "";
  return `${decision.rule}\n${lines.join("\n")}\n${strange}`;
}

/** RouterArena's prediction file: a list in the dataset's order. */
function routerArena(questions: readonly Question[], decisions: readonly Decision[]): string {
  const rows = decisions.map(({ model }, i) => ({
    "global index": questions[i].id,
    prompt: questions[i].text,
    prediction: model,
    generated_result: null,
    cost: null,
    accuracy: null,
    for_optimality: false,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function readQuestions(path: string): Question[] {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("the file cannot be read", {
      source: path,
      found: (error as NodeJS.ErrnoException).code ?? "",
    });
  }
  const entries = content.trimStart().startsWith("[")
    ? [{ at: "", text: content }]
    : content.split("\n").map((text, i) => ({ at: `line ${i + 1}`, text }));
  const parsed = entries
    .filter(({ text }) => text.trim() !== "")
    .flatMap(({ at, text }) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw new InputError("this is not JSON", { source: path, at, found: (error as Error).message });
      }
      return Array.isArray(value)
        ? value.map((entry, i) => ({ at: `entry ${i}`, entry }))
        : [{ at, entry: value }];
    });
  if (parsed.length === 0)
    throw new InputError("the file holds no question", {
      source: path,
      expected: 'a JSON object a line with "text", "question" or "prompt", or a list of them',
    });
  return parsed.map(({ at, entry }, i) => {
    if (typeof entry === "string") return { id: String(i), text: entry };
    const row = (entry ?? {}) as Record<string, unknown>;
    const text = row.text ?? row.question ?? row.prompt ?? row.prompt_formatted;
    if (typeof text !== "string")
      throw new InputError("the question has no text", {
        source: path,
        at,
        found: show(entry),
        expected: 'an object with "text", "question" or "prompt"',
      });
    return { id: String(row.id ?? row["global index"] ?? row["Global Index"] ?? i), text };
  });
}
