import { styleNames } from "../questions/index.ts";
import { featuresOf, isEmpty, modelNames, predictFrom } from "./predict.ts";
import type { Router } from "./router.ts";

/** Something about a question that a decision rests on. */
export interface Reason {
  /** A feature of how the question is written (`styleNames`), or "wording" for all that its words tell. */
  readonly feature: string;
  /** Standard deviations above (below) the training questions' mean; absent for wording. */
  readonly unusual?: number;
  /** How much of the model's P, and of its lead over the rival, is owed to it. */
  readonly p: number;
  readonly lead: number;
}

/** Reasons that move neither P nor lead by this much are left out. */
const least = 0.001;

/**
 * What of the question moves a model's P, and its lead over a rival: the change when the feature is set to that of the
 * average training question (occlusion, Robnik-Šikonja & Kononenko 2008). Largest first. About 40 predictions.
 * @param rival another model; where there is none, leads are 0
 */
export function explain(router: Router, text: string, model: string, rival = model): Reason[] {
  if (isEmpty(text)) return [];
  const x = featuresOf(router, text);
  const styles = x.length - styleNames.length;
  const [m, r] = [model, rival].map((name) => modelNames(router).indexOf(name));
  const whole = predictFrom(router, x).p;
  const without = (from: number, to: number) => {
    const changed = x.slice().fill(0, from, to);
    const { p } = predictFrom(router, changed);
    return { p: whole[m] - p[m], lead: whole[m] - whole[r] - (p[m] - p[r]) };
  };
  const reasons: Reason[] = styleNames.flatMap((feature, f) =>
    x[styles + f] === 0 ? [] : [{ feature, unusual: x[styles + f], ...without(styles + f, styles + f + 1) }],
  );
  if (styles > 0) reasons.push({ feature: "wording", ...without(0, styles) });
  const weight = (reason: Reason) => Math.max(Math.abs(reason.p), Math.abs(reason.lead));
  return reasons.filter((reason) => weight(reason) >= least).toSorted((a, b) => weight(b) - weight(a));
}
