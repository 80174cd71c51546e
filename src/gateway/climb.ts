import { answerText } from "./answer-text.ts";
import type { Leaving } from "./departure.ts";
import { type FailedTry, type FirstAnswer, firstAnswer, NobodyAnswered } from "./first-answer.ts";
import type { LiveModel } from "./fleet.ts";
import type { Grader } from "./grader.ts";
import { type HeldStream, holdBack, isStream, withoutStreamedLogProbabilities } from "./held-stream.ts";
import { type OpenedAnswer, UpstreamFault } from "./opened-answer.ts";
import type { Paid } from "./paid.ts";
import type { Plan } from "./plan.ts";
import { wholeUsage } from "./relay.ts";
import type { Usage } from "./usage.ts";

type Ask = (model: LiveModel, signal: Leaving) => Promise<OpenedAnswer>;

/** An answer and what its grader thinks of it. */
interface Rung {
  readonly model: LiveModel;
  readonly answer: OpenedAnswer;
  readonly usage: Usage;
  readonly judged: number;
}

/**
 * Asks the models of a cascade, cheapest first, until an answer is graded good enough (FrugalGPT, Chen et al. 2023);
 * where none is, the one graded best is the answer. Nothing goes to the client before that. An answer that its grader
 * cannot tell about is worth the router's P, and where that is not enough the model with the highest P is next.
 * Streams are held back until they have ended and are graded; the last model's flows at once, ungraded.
 * Models that fail are passed over; where all do, the others of the ranking are asked.
 *
 * @throws NobodyAnswered when all failed; the signal's reason when the client left
 */
export async function climb(
  plan: Plan,
  { accept, rungs }: { readonly accept: number; readonly rungs: number },
  ask: Ask,
  grade: Grader,
  signal: Leaving,
): Promise<FirstAnswer> {
  /** The answer, a stream held back until it has ended. */
  const asked = async (model: LiveModel, last: boolean): Promise<HeldStream> => {
    const answer = await ask(model, signal);
    if (last || answer.status >= 400 || !isStream(answer)) return { answer, json: answer.json };
    return holdBack(answer, plan.endpoint, signal);
  };
  const ladder = plan.models.slice(0, rungs);
  const failed: FailedTry[] = [];
  const answered: Rung[] = [];
  const judges: Paid[] = [];
  for (let i = 0; i < ladder.length; i++) {
    const model = ladder[i];
    const last = i === ladder.length - 1;
    const held = await asked(model, last).catch((error: unknown) => {
      if (!(error instanceof UpstreamFault)) throw error;
      failed.push({ model: model.config.name, fault: error });
    });
    if (!held) continue;
    const { answer, json } = held;
    // A mistake of the client's, what is too long to be held back, and the last model's stream go on as they are.
    if (answer.status >= 400 || answer.rest || (last && isStream(answer)))
      return { model, answer, failed, others: others(answered, judges) };
    const standing = plan.decision!.candidates.find((each) => each.model === model.config.name)!;
    const text = answerText(plan.endpoint, json);
    const question = plan.question;
    const verdict = text
      ? await grade({ question, answer: text, model: model.config.name, json, signal })
      : { p: Number.NaN };
    if (verdict.paid) judges.push(verdict.paid);
    const unknown = Number.isNaN(verdict.p);
    const judged = unknown ? standing.p : verdict.p;
    answered.push({ model, answer: asAskedFor(answer), usage: wholeUsage(answer, plan.text.length), judged });
    if (judged >= accept) break;
    if (unknown) i = Math.max(i, ladder.length - 2);
  }
  if (answered.length === 0) {
    const rest = plan.models.slice(rungs);
    if (rest.length === 0) throw new NobodyAnswered(failed);
    const first = await firstAnswer(rest, ask, signal, plan.text.length).catch((error: unknown) => {
      throw error instanceof NobodyAnswered ? new NobodyAnswered([...failed, ...error.failed]) : error;
    });
    return { ...first, failed: [...failed, ...first.failed] };
  }
  const chosen = answered.reduce((a, b) => (b.judged >= a.judged ? b : a));
  const left = answered.filter((each) => each !== chosen);
  return { ...chosen, failed, others: others(left, judges) };
}

/** Without what was asked for only to grade it. */
const asAskedFor = (answer: OpenedAnswer): OpenedAnswer =>
  answer.logProbabilitiesUnasked ? withoutStreamedLogProbabilities(answer) : answer;

function others(rungs: readonly Rung[], judges: readonly Paid[]): Paid[] {
  return [
    ...rungs.map(({ model, usage, judged }): Paid => ({ model, as: "cascade", usage, judged })),
    ...judges,
  ];
}
