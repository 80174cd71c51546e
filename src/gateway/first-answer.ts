import type { Leaving } from "./departure.ts";
import type { LiveModel } from "./fleet.ts";
import { type OpenedAnswer, UpstreamFault } from "./opened-answer.ts";
import type { Paid } from "./paid.ts";
import { estimatedUsage } from "./usage.ts";

/** A try that failed before another succeeded. */
export interface FailedTry {
  readonly model: string;
  readonly fault: UpstreamFault;
}

/** The model that answered, its answer, and who failed before. */
export interface FirstAnswer {
  readonly model: LiveModel;
  readonly answer: OpenedAnswer;
  readonly failed: readonly FailedTry[];
  /** Who else has to be paid. */
  readonly others: readonly Paid[];
  /** P(correct) of the answer as a cascade's grader saw it. */
  readonly judged?: number;
}

/** Nobody answered. */
export class NobodyAnswered extends Error {
  override readonly name = "NobodyAnswered";
  readonly failed: readonly FailedTry[];

  constructor(failed: readonly FailedTry[]) {
    super("no model answered");
    this.failed = failed;
  }
}

/**
 * Asks the models in order until one answers. Where its upstream is configured to hedge, the next model is asked
 * too once the first bytes are later than usual; the first answer wins and the others are given up. What those have
 * read is charged, as estimated: their upstreams charge it too.
 *
 * @param inputCharacters length of what each is asked
 * @throws NobodyAnswered when all failed; the signal's reason when the client left
 */
export function firstAnswer(
  models: readonly LiveModel[],
  ask: (model: LiveModel, signal: Leaving) => Promise<OpenedAnswer>,
  signal: Leaving,
  inputCharacters: number,
): Promise<FirstAnswer> {
  return new Promise((resolve, reject) => {
    const failed: FailedTry[] = [];
    const running = new Map<LiveModel, AbortController | undefined>();
    let next = 0;
    let settled = false;
    let timer: NodeJS.Timeout | undefined;
    const leave = () => {
      for (const controller of running.values()) controller?.abort(signal.reason);
    };

    function settle(): void {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }

    function launch(): void {
      const model = models[next++];
      const { hedgeAfter } = model.upstream.config;
      const usual = hedgeAfter === undefined ? undefined : model.upstream.latencies.quantile(hedgeAfter);
      const hedged = running.size > 0 || (usual !== undefined && next < models.length);
      const controller = hedged ? new AbortController() : undefined;
      if (controller) signal.addEventListener("abort", leave, { once: true });
      running.set(model, controller);
      clearTimeout(timer);
      if (usual !== undefined && next < models.length) timer = setTimeout(launch, usual);
      ask(model, controller?.signal ?? signal).then(
        (answer) => {
          running.delete(model);
          if (settled) return answer.cancel();
          settle();
          for (const other of running.values()) other?.abort();
          const usage = estimatedUsage(inputCharacters, 0);
          const others = [...running.keys()].map(
            (loser): Paid => ({ model: loser, as: "hedge", usage, judged: null }),
          );
          resolve({ model, answer, failed, others });
        },
        (error: unknown) => {
          running.delete(model);
          if (settled) return;
          if (!(error instanceof UpstreamFault)) {
            settle();
            return reject(error);
          }
          failed.push({ model: model.config.name, fault: error });
          if (next < models.length) launch();
          else if (running.size === 0) {
            settle();
            reject(new NobodyAnswered(failed));
          }
        },
      );
    }
    launch();
  });
}
