import type { LiveModel } from "./fleet.ts";
import type { PaidStep } from "./request-record.ts";
import { costOf, type Usage } from "./usage.ts";

/** Somebody who was asked for a request, and has to be paid. */
export interface Paid {
  readonly model: LiveModel;
  readonly as: PaidStep["as"];
  readonly usage: Usage;
  readonly judged: number | null;
}

/** Tokens and cost of all who were paid; the cost is null where somebody's price is unknown. */
export function bill(all: readonly { readonly model: LiveModel; readonly usage: Usage }[]): {
  readonly usage: Usage;
  readonly cost: number | null;
} {
  let cost: number | null = 0;
  let [input, output, estimated] = [0, 0, false];
  for (const { model, usage } of all) {
    const own = costOf(usage, model.config.price);
    cost = cost === null || own === null ? null : cost + own;
    input += usage.input;
    output += usage.output;
    estimated ||= usage.estimated;
  }
  return { usage: { input, output, estimated }, cost };
}

export function paidStep({ model, as, usage, judged }: Paid): PaidStep {
  return {
    model: model.config.name,
    as,
    inputTokens: usage.input,
    outputTokens: usage.output,
    cost: costOf(usage, model.config.price),
    judged,
  };
}
