import { spawn } from "node:child_process";
import { answerText } from "./answer-text.ts";
import type { GatewayConfig } from "./config.ts";
import { abortSignal, type Leaving } from "./departure.ts";
import { render } from "./dialect.ts";
import type { Fleet } from "./fleet.ts";
import type { Paid } from "./paid.ts";
import { wholeUsage } from "./relay.ts";
import { Slots } from "./slots.ts";

/** An answer to be graded before the client has it. */
interface Gradable {
  readonly question: string;
  readonly answer: string;
  readonly model: string;
  /** The answer as the upstream gave it. */
  readonly json: unknown;
  readonly signal: Leaving;
}

/** What a grader says. */
interface Verdict {
  /** P(correct), 0 … 1; NaN where it cannot tell. */
  readonly p: number;
  /** The grader itself, where it has its price. */
  readonly paid?: Paid;
}

export type Grader = (answer: Gradable) => Promise<Verdict>;

/** Graders that run at once as programs; others wait. */
const programs = 8;

/** The grader of a configuration. Faults of the grader itself are told, and leave P to the router. */
export function openGrader(
  { grader }: GatewayConfig,
  fleet: Fleet,
  onProblem: (message: string, error: unknown) => void,
): Grader {
  const safely =
    (grade: Grader): Grader =>
    async (answer) => {
      try {
        return await grade(answer);
      } catch (error) {
        if (answer.signal.aborted) throw error;
        onProblem("the grader of a cascade failed; the router's P stands in", error);
        return { p: Number.NaN };
      }
    };
  switch (grader.kind) {
    case "confidence":
      return async ({ json }) => ({ p: confidenceOf(json) });
    case "regex": {
      const pattern = new RegExp(grader.pattern, grader.flags);
      return async ({ answer }) => ({ p: Number(pattern.test(answer)) });
    }
    case "command":
      return safely(byCommand(grader.command, grader.timeout));
    case "model":
      return safely(byModel(fleet, grader.model, grader.prompt ?? usualPrompt));
  }
}

/** The geometric mean of a chat answer's token probabilities; NaN where the upstream gave none. */
function confidenceOf(json: unknown): number {
  const [choice] =
    (json as { choices?: { logprobs?: { content?: { logprob?: unknown }[] } }[] }).choices ?? [];
  const tokens = choice?.logprobs?.content;
  if (!Array.isArray(tokens) || tokens.length === 0) return Number.NaN;
  return Math.exp(tokens.reduce((sum, { logprob }) => sum + Number(logprob), 0) / tokens.length);
}

function byCommand([program, ...args]: readonly string[], timeout: number): Grader {
  const slots = new Slots(programs, 1024);
  return async ({ question, answer, model, signal }) => {
    const release = await slots.take(signal);
    try {
      const { code, output } = await run(
        program,
        args,
        JSON.stringify({ question, answer, model }),
        timeout,
        signal,
      );
      if (code !== 0) return { p: 0 };
      if (output.trim() === "") return { p: 1 };
      const p = Number(output);
      if (!(p >= 0 && p <= 1)) throw new Error(`it printed no number from 0 to 1: ${output.slice(0, 100)}`);
      return { p };
    } finally {
      release();
    }
  };
}

function run(
  program: string,
  args: readonly string[],
  input: string,
  timeout: number,
  signal: Leaving,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const options = { timeout, signal: abortSignal(signal) };
    const child = spawn(program, args, { ...options, stdio: ["pipe", "pipe", "ignore"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output.length < 1000) output += text;
    });
    child.stdin.on("error", () => {}); // It may end without reading.
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code, killed) =>
      code === null ? reject(new Error(`it was ended by ${killed}`)) : resolve({ code, output }),
    );
  });
}

const usualPrompt = `Question:
{question}

Answer of a language model:
{answer}

How likely is this answer to be correct? Reply with one whole number from 0 (certainly wrong) to 100 (certainly right), and nothing else.`;

function byModel(fleet: Fleet, name: string, prompt: string): Grader {
  const judge = fleet.models.get(name)!;
  return async ({ question, answer, signal }) => {
    const filled = prompt.replace(/\{(question|answer)\}/g, (_, field) =>
      field === "question" ? question : answer,
    );
    const request = { model: name, temperature: 0, messages: [{ role: "user", content: filled }] };
    const text = JSON.stringify(request);
    const { path, body, answer: inChat } = render("chat", text, request, judge);
    const opened = await inChat(await judge.upstream.ask({ path, body, headers: {}, signal }));
    const said = answerText("chat", opened.json);
    const paid: Paid = { model: judge, as: "judge", usage: wholeUsage(opened, text.length), judged: null };
    return { p: spokenProbability(said), paid };
  };
}

/** The first number of a judge's reply: "85", "85 %" or "0.85"; NaN where there is none. */
function spokenProbability(reply: string): number {
  const [number] = /\d+(?:\.\d+)?/.exec(reply) ?? [];
  if (number === undefined) return Number.NaN;
  const value = Number(number);
  const p = number.includes(".") && value <= 1 ? value : value / 100;
  return p <= 1 ? p : Number.NaN;
}
