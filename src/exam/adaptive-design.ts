import { estimateAbility, type ItemParameters } from "../irt/index.ts";
import { type AdaptiveExam, type AdaptiveOptions, adaptiveExam, type StoppingRule } from "./adaptive.ts";
import { type AdaptiveCriterion, questionWorth } from "./adaptive-criteria.ts";
import type { Assessment } from "./assess.ts";
import type { Examination } from "./cross-validate.ts";
import { type ExamQuestion, questionsOf } from "./exam-question.ts";
import { modelScores } from "./model-scores.ts";
import { parametersOfItems } from "./parameters-of-items.ts";
import { probabilities } from "./pirt.ts";
import type { Pool } from "./pool.ts";
import { weightMatrix } from "./scenarios.ts";
import { abilityQuantiles } from "./select.ts";

/** How the questions of an adaptive exam are chosen, and when it ends. */
export interface AdaptiveRules {
  readonly criterion: AdaptiveCriterion;
  readonly stop: StoppingRule;
  /** Each question is drawn at random among so many of the best. */
  readonly among: number;
  readonly seed: number;
  /** Content balancing: the share of the questions that each scenario should have. */
  readonly shares?: Readonly<Record<string, number>>;
  /** Items of the pool never to be asked. */
  readonly never?: Iterable<number>;
}

/** An adaptive exam as it is kept in a file: its questions with all that is needed to choose among them. */
export interface AdaptiveDesign extends Omit<AdaptiveRules, "never"> {
  readonly questions: readonly ExamQuestion[];
  readonly parameters: {
    readonly family: ItemParameters["family"];
    readonly dims: number;
    readonly discrimination: readonly number[];
    readonly intercept: readonly number[];
    readonly guessing?: readonly number[];
    readonly upper?: readonly number[];
  };
  /** Normal prior of the ability. */
  readonly prior: { readonly mean: readonly number[]; readonly covariance: readonly number[] };
  /** Weight of each question in the score over all scenarios, for the criterion "score". */
  readonly weights: readonly number[];
  /** Cross-validated errors of p-IRT after adaptive exams of this kind. */
  readonly assessment?: Assessment;
}

/** Beyond this many items, those that are never among the best at any ability are left out. */
const manyItems = 2000;

/** The design of an adaptive exam over a pool's items. @param texts of the pool's items, for the exam's file */
export function designAdaptive(
  pool: Pool,
  rules: AdaptiveRules,
  texts?: readonly string[],
): Omit<AdaptiveDesign, "assessment"> {
  const { never: _, ...kept } = rules;
  const candidates = candidatesOf(pool, rules);
  const { family, dims, discrimination, intercept, guessing, upper } = parametersOfItems(
    pool.parameters,
    candidates,
  );
  return {
    ...kept,
    questions: questionsOf(pool, candidates, texts),
    weights: Array.from(scoreWeights(pool, candidates)),
    prior: { mean: Array.from(pool.latent.mean), covariance: Array.from(pool.latent.covariance) },
    parameters: {
      family,
      dims,
      discrimination: Array.from(discrimination),
      intercept: Array.from(intercept),
      ...(guessing && { guessing: Array.from(guessing) }),
      ...(upper && { upper: Array.from(upper) }),
    },
  };
}

/**
 * The steps of a designed exam; items are indices into its questions.
 * @param given.never indices of questions that cannot be asked. @param given.sitting who takes it, see {@link AdaptiveOptions}
 */
export function adaptiveSteps(
  design: AdaptiveDesign,
  given: Pick<AdaptiveOptions, "never" | "sitting"> = {},
): AdaptiveExam {
  const { criterion, stop, among, seed, weights, prior, shares } = design;
  const groups = design.questions.map(({ scenario }) => scenario ?? "");
  const { family, dims, discrimination, intercept, guessing, upper } = design.parameters;
  return adaptiveExam(
    {
      family,
      dims,
      discrimination: Float64Array.from(discrimination),
      intercept: Float64Array.from(intercept),
      ...(guessing && { guessing: Float64Array.from(guessing) }),
      ...(upper && { upper: Float64Array.from(upper) }),
    },
    {
      ...{ criterion, stop, among, weights: Float64Array.from(weights), prior, seed },
      ...(shares && { shares, groups }),
      ...given,
    },
  );
}

/** Examining adaptively and estimating by p-IRT, the method that takes whatever questions were asked. */
export function askAdaptively(rules: AdaptiveRules): Examination {
  return (training) => {
    const { never: _, ...kept } = rules;
    const candidates = candidatesOf(training, rules);
    const { scenarios } = training.responses;
    const steps = adaptiveExam(parametersOfItems(training.parameters, candidates), {
      ...kept,
      ...(scenarios && { groups: Array.from(candidates, (i) => scenarios[i]) }),
      weights: scoreWeights(training, candidates),
      prior: training.latent,
    });
    return (answer) => {
      let state = steps.next(steps.start());
      while (state.pending !== null)
        state = steps.next(steps.answer(state, { score: answer(candidates[state.pending]) }));
      const asked = state.answers.map(({ item }) => candidates[item]);
      const scores = state.answers.map(({ score }) => score as number);
      const ability = estimateAbility(training.parameters, { items: asked, scores }, training.latent);
      const p = probabilities(training.parameters, ability.ability);
      const { expected, spread } = modelScores(training, asked, scores, ability, p);
      return { values: { pIRT: expected }, spread };
    };
  };
}

function scoreWeights({ scenarios, responses }: Pool, items: Uint32Array): Float64Array {
  const n = responses.items.length;
  const all = weightMatrix(scenarios.slice(-1), n);
  return Float64Array.from(items, (i) => all[i]);
}

function candidatesOf(pool: Pool, { criterion, never = [] }: AdaptiveRules): Uint32Array {
  const n = pool.responses.items.length;
  const closed = new Set(never);
  const open = Uint32Array.from({ length: n }, (_, i) => i).filter((i) => !closed.has(i));
  if (open.length <= manyItems || criterion === "random") return open;
  const { dims } = pool.parameters;
  const abilities = abilityQuantiles(pool, 20);
  const points = abilities.length / dims;
  const each = Math.ceil(manyItems / points);
  // An uncertainty as half-way through an exam.
  const covariance = pool.latent.covariance.map((v) => 0.1 * v);
  const kept = new Set<number>();
  for (let m = 0; m < points; m++) {
    const ability = abilities.subarray(m * dims, (m + 1) * dims);
    const worth = questionWorth(pool.parameters, { ability, covariance }, "d-optimal");
    for (const i of Array.from(open)
      .sort((a, b) => worth[b] - worth[a])
      .slice(0, each))
      kept.add(i);
  }
  return open.filter((i) => kept.has(i));
}
