import { personFit, type SubjectAbility } from "../irt/index.ts";
import { type Assessment, assess } from "./assess.ts";
import { type AssessOptions, askAll } from "./cross-validate.ts";
import { type Asked, type Estimates, fitEstimators, type Method, methods } from "./estimators.ts";
import type { ExamInPool } from "./exam.ts";
import { halfWidth } from "./interval.ts";
import { likelihoodBounds, type ScoreBounds } from "./likelihood-bounds.ts";
import { parametersOfItems } from "./parameters-of-items.ts";
import { type Pool, scoreRange } from "./pool.ts";
import { selectQuestions } from "./select.ts";
import type { Tally } from "./tally.ts";
import { scoreWarnings } from "./warnings.ts";

/** A subject's answers, scored in [0, 1], to items of the pool. */
export interface Answers {
  readonly subject: string;
  /** Distinct indices of the answered items. */
  readonly items: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  /** Where they were recorded with what was not read: reported as warnings. */
  readonly tally?: Tally;
}

/** What an exam says of one subject. */
export interface ScoreReport {
  readonly subject: string;
  /** D. */
  readonly ability: readonly number[];
  readonly abilitySE: readonly number[];
  /** l_z*, about standard normal; null where it cannot be judged. */
  readonly personFit: number | null;
  readonly scenarios: readonly ScenarioScore[];
  /** Reasons to trust the numbers less. */
  readonly warnings: readonly string[];
}

export interface ScenarioScore {
  readonly name: string;
  /** Number of its questions that were answered. */
  readonly answered: number;
  readonly estimate: number;
  readonly method: Method | "stacked" | "complete";
  /** Half the width of the 68.3 % interval: a standard error. */
  readonly standardError: number;
  /** 95 % interval. */
  readonly interval: readonly [number, number];
  readonly interval90: readonly [number, number];
  readonly mean: number;
  readonly anchor: number;
  readonly pIRT: number;
  readonly gpIRT: number;
  readonly ridge: number;
  readonly kernel: number;
  readonly AIPW: number;
  readonly stacked: number;
}

export interface ScorerOptions {
  /** The exam that was taken; absent: what the answers are worth is found for them as they come. */
  readonly exam?: ExamInPool;
  /** Method of the estimate; absent: the one with the least cross-validated error in each scenario. */
  readonly method?: Method | "stacked";
  readonly assessment?: AssessOptions;
}

/** Sets of answered questions whose preparations are kept: many models answer the same ones. */
const mostPatterns = 64;

function remember<T>(kept: Map<string, T>, key: string, value: T): void {
  if (kept.size >= mostPatterns) kept.delete(kept.keys().next().value!);
  kept.set(key, value);
}

/** Scores subjects against a pool; what it fits for one set of questions it keeps for the next subject with the same. */
export class Scorer {
  readonly pool: Pool;
  readonly options: ScorerOptions;
  readonly #fits = new Map<string, (scores: Float64Array) => Estimates>();
  readonly #assessments = new Map<string, Assessment>();

  constructor(pool: Pool, options: ScorerOptions = {}) {
    this.pool = pool;
    this.options = options;
  }

  score({ subject, items, scores, tally }: Answers): ScoreReport {
    const order = Array.from({ length: items.length }, (_, j) => j).sort((a, b) => items[a] - items[b]);
    const answered = Uint32Array.from(order, (j) => items[j]);
    const values = Float64Array.from(order, (j) => scores[j]);
    const key = answered.join(" ");
    let fit = this.#fits.get(key);
    if (!fit) {
      fit = fitEstimators(this.pool, this.#asked(answered));
      remember(this.#fits, key, fit);
    }
    const estimates = fit(values);
    const assessment = this.#assessment(answered, key);
    const fitOfPattern = patternFit(this.pool, answered, values);
    const { exam } = this.options;
    const bounds = this.#bounds(answered, values, estimates);
    const found = { answered, scores: values, estimates, assessment, bounds };
    const scenarios = this.pool.scenarios.map((_, t) => this.#scenario(t, found));
    return {
      subject,
      ability: Array.from(estimates.ability.ability),
      abilitySE: standardErrors(estimates.ability),
      personFit: Number.isFinite(fitOfPattern) ? fitOfPattern : null,
      scenarios,
      warnings: scoreWarnings(this.pool, {
        complete: scenarios.at(-1)?.method === "complete",
        tally,
        answered,
        scores: values,
        ability: estimates.ability,
        personFit: fitOfPattern,
        estimates: scenarios.map(({ estimate }) => estimate),
        exam: exam && !takenAdaptively(exam, answered) ? exam.asked.items : undefined,
      }),
    };
  }

  /** The exam's anchor weights where exactly its questions were answered. */
  #asked(answered: Uint32Array): Asked {
    const asked = this.options.exam?.asked;
    if (!asked) return { items: answered };
    const gp = asked.gpWeights && { gpWeights: asked.gpWeights };
    const place = new Map(Array.from(asked.items, (item, j) => [item, j]));
    if (!asked.anchorWeights || answered.length !== place.size || !answered.every((i) => place.has(i)))
      return { items: answered, ...gp };
    const { anchorWeights } = asked;
    const n = asked.items.length;
    return {
      items: answered,
      ...gp,
      anchorWeights: Float64Array.from(
        this.pool.scenarios.flatMap((_, t) =>
          Array.from(answered, (i) => anchorWeights[t * n + (place.get(i) as number)]),
        ),
      ),
    };
  }

  /** The exam's assessment if it was taken as it was designed; else one for these questions. */
  #assessment(answered: Uint32Array, key: string): Assessment | undefined {
    const { exam, assessment, method } = this.options;
    if (answered.length === 0 || answered.length === this.pool.responses.items.length) return undefined;
    if (exam?.assessment && takenAsFixed(exam, answered)) return exam.assessment;
    if (exam?.adaptive?.assessment && takenAsMeasured(exam, answered) && (method ?? "pIRT") === "pIRT")
      return exam.adaptive.assessment;
    let found = this.#assessments.get(key);
    if (!found) {
      found = assess(this.pool, askAll(resembling(this.pool, answered)), assessment);
      remember(this.#assessments, key, found);
    }
    return found;
  }

  /** {@link likelihoodBounds}, found when first asked for. */
  #bounds(
    answered: Uint32Array,
    scores: Float64Array,
    { ability }: Estimates,
  ): (level: number) => ScoreBounds {
    let at: ((level: number) => ScoreBounds) | undefined;
    const found = new Map<number, ScoreBounds>();
    return (level) => {
      at ??= likelihoodBounds(this.pool, answered, scores, ability);
      const bounds = found.get(level) ?? at(level);
      found.set(level, bounds);
      return bounds;
    };
  }

  #scenario(
    t: number,
    {
      answered,
      scores,
      estimates: { values, spread, lowest, highest },
      assessment,
      bounds,
    }: {
      readonly answered: Uint32Array;
      readonly scores: Float64Array;
      readonly estimates: Estimates;
      readonly assessment: Assessment | undefined;
      readonly bounds: (level: number) => ScoreBounds;
    },
  ): ScenarioScore {
    const { name, items } = this.pool.scenarios[t];
    const members = new Set(items);
    const known = assessment?.scenarios[t];
    const stacking = known?.stacking ?? equalShares();
    const stacked = methods.reduce((sum, method, m) => sum + stacking[m] * values[method][t], 0);
    const all = { ...Object.fromEntries(methods.map((m) => [m, values[m][t]])), stacked } as Record<
      Method | "stacked",
      number
    >;
    const complete = highest[t] - lowest[t] < 1e-12;
    const method = complete ? "complete" : (this.options.method ?? known?.best ?? "pIRT");
    const estimate = complete ? lowest[t] : all[method as Method];
    const scale = known?.scales[method === "complete" ? "stacked" : method];
    const half = (level: number) => {
      if (complete) return 0;
      // Without an assessment (nothing was answered) only the model's own spread is known.
      return halfWidth(scale ?? { floor: 0, ratios: new Float64Array() }, spread[t], level);
    };
    const ofPool = scoreRange(this.pool, t);
    const within = (level: number): [number, number] => {
      const width = half(level);
      let [low, high] = [estimate - width, estimate + width];
      // Beyond the pool's subjects no error was ever seen: there the answers alone say how far the score may reach.
      const beyond = [low < ofPool.least, high > ofPool.most];
      if (!complete && answered.length > 0 && (beyond[0] || beyond[1])) {
        const allowed = bounds(level);
        if (beyond[0]) low = Math.min(low, allowed.low[t]);
        if (beyond[1]) high = Math.max(high, allowed.high[t]);
      }
      return [
        allScored(scores, 0) ? lowest[t] : Math.max(lowest[t], low),
        allScored(scores, 1) ? highest[t] : Math.min(highest[t], high),
      ];
    };
    return {
      name,
      answered: answered.reduce((sum, i) => sum + (members.has(i) ? 1 : 0), 0),
      estimate,
      method,
      standardError: half(0.6827),
      interval: within(0.95),
      interval90: within(0.9),
      ...all,
    };
  }
}

/** Whether at least four fifths of the exam's questions, and little else, were answered. */
function takenAsFixed({ asked }: ExamInPool, answered: Uint32Array): boolean {
  const own = new Set(asked.items);
  const hits = answered.reduce((sum, i) => sum + (own.has(i) ? 1 : 0), 0);
  return hits >= 0.8 * own.size && hits >= 0.8 * answered.length;
}

/** Whether the answers can be those of the exam's adaptive form: to its questions, and as many as its rule asks. */
function takenAdaptively({ adaptive }: ExamInPool, answered: Uint32Array): boolean {
  if (!adaptive) return false;
  const { most = Infinity, ...others } = adaptive.stop;
  const least = Object.keys(others).length > 0 || most === Infinity ? 1 : 0.8 * most;
  return answered.length <= most && answered.length >= least && answered.every((i) => adaptive.items.has(i));
}

/**
 * Whether the adaptive form was taken as long as its errors were measured: cross-validation knows no costs and no
 * seconds, and an exam that ended early by them tells less.
 */
function takenAsMeasured(exam: ExamInPool, answered: Uint32Array): boolean {
  const { most = 0, cost, seconds } = exam.adaptive?.stop ?? {};
  const cutShort = (cost !== undefined || seconds !== undefined) && answered.length < 0.8 * most;
  return takenAdaptively(exam, answered) && !cutShort;
}

/**
 * How questions like the answered ones are chosen from another pool: by the selection that would have chosen at least
 * half of them here, if any, else these very ones.
 */
function resembling(pool: Pool, answered: Uint32Array): (pool: Pool) => Asked {
  const own = new Set(answered);
  for (const method of ["readout", "information"] as const) {
    const select = (from: Pool) => selectQuestions(from, { method, count: answered.length });
    const hits = select(pool).items.reduce((sum, i) => sum + (own.has(i) ? 1 : 0), 0);
    const byChance = answered.length / pool.responses.items.length;
    if (hits >= (0.5 + byChance / 2) * answered.length) return select;
  }
  return () => ({ items: answered });
}

/** l_z* of one subject's answers. */
function patternFit({ parameters, latent }: Pool, answered: Uint32Array, scores: Float64Array): number {
  const responses = {
    subjects: ["subject"],
    items: Array.from(answered, String),
    scores,
    observed: new Uint8Array(answered.length).fill(1),
  };
  return personFit(responses, parametersOfItems(parameters, answered), latent).lzStar[0];
}

/** Answers that are all wrong (0) or all right (1) bound a subject on one side only. */
function allScored(scores: Float64Array, score: number): boolean {
  return scores.length > 0 && scores.every((x) => x === score);
}

function equalShares(): Float64Array {
  return new Float64Array(methods.length).fill(1 / methods.length);
}

function standardErrors({ ability, covariance }: SubjectAbility): number[] {
  return Array.from(ability, (_, j) => Math.sqrt(covariance[j * ability.length + j]));
}
