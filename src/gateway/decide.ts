import type { Policy, Decision as RoutingDecision } from "../routing/index.ts";
import type { Vectors } from "./question-vectors.ts";

/** One model's standing for one question. */
export interface Candidate {
  readonly model: string;
  /** P(the model answers correctly). */
  readonly p: number;
  /** 95 % interval of p. */
  readonly interval: readonly [number, number];
  /** Expected cost in US dollars; null where unknown. */
  readonly cost: number | null;
}

/** Which model a question goes to, and why. */
export interface Decision extends Candidate {
  /** Every model allowed, the next best first after the chosen one: the order of falling back. */
  readonly candidates: readonly Candidate[];
  /** Why this model, in words. */
  readonly rule: string;
  /** The first `rungs` candidates are to be asked in turn, until an answer's P(correct) is at least `accept`. */
  readonly cascade?: { readonly accept: number; readonly rungs: number };
}

/**
 * Decides as the gateway needs it: the chosen model first of all candidates, unknown costs null. Behind the models that a
 * cascade asks stand the others by quality, for when those do not answer.
 *
 * @param decide the router's decision under a policy
 */
export function decideBy(policy: Policy, decide: (policy: Policy) => RoutingDecision): Decision {
  const decision = chosenFirst(decide(policy));
  if (policy.kind !== "cascade") return decision;
  const rungs = decision.candidates;
  const asked = new Set(rungs.map(({ model }) => model));
  const others = chosenFirst(decide({ kind: "quality" })).candidates.filter(({ model }) => !asked.has(model));
  return {
    ...decision,
    candidates: [...rungs, ...others],
    cascade: { accept: policy.accept, rungs: rungs.length },
  };
}

function chosenFirst({ model, candidates, rule }: RoutingDecision): Decision {
  const all: Candidate[] = [];
  for (const { model: name, p, interval, cost = null } of candidates) {
    const candidate = { model: name, p, interval, cost };
    if (name === model) all.unshift(candidate);
    else all.push(candidate);
  }
  const [{ p, interval, cost }] = all;
  return { model, p, interval, cost, candidates: all, rule };
}

/** What the choice depends on. */
export interface Question {
  readonly text: string;
  /** Name of a policy of the configuration or the router. */
  readonly policy?: string | undefined;
  /** Only these models may answer (default: all). */
  readonly allowed?: readonly string[] | undefined;
  /** The most that the answer may cost, in US dollars. */
  readonly budget?: number | undefined;
  /** The model that the conversation is with, and how much another has to gain to take its place. */
  readonly conversation?: { readonly model: string; readonly stickiness: number } | undefined;
  /** Of a decider that reads such: what its `vectors` gave. */
  readonly vectors?: Vectors | undefined;
  /** Nobody will be asked: the decision is only to be shown. */
  readonly tentative?: boolean;
}

/**
 * The router as the gateway sees it: pure, fast, synchronous.
 * `decide` throws an ApiError for a policy it does not know or when no model is allowed.
 */
export interface Decider {
  decide(question: Question): Decision;
  /** Asks for what `decide` needs to know of a text beside itself; only of routers that read embeddings. Never rejects. */
  readonly vectors?: ((text: string) => Promise<Vectors>) | undefined;
  readonly models: readonly string[];
  readonly policies: readonly string[];
  /** The best single model, which routing is measured against. */
  readonly baseline?: string | undefined;
  /** The router in whose records' grades it learns, and its version. */
  readonly router?: { readonly name: string; readonly version: string } | undefined;
  /** Names what decides, such as the router's file and version. */
  readonly name: string;
}
