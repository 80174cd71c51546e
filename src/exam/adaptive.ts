import { InputError } from "../input-error.ts";
import { type AbilityPrior, estimateAbility, type ItemParameters } from "../irt/index.ts";
import { seededRandom } from "../numerics/index.ts";
import { type AdaptiveCriterion, questionWorth } from "./adaptive-criteria.ts";

/** How an adaptive exam chooses and when it ends. */
export interface AdaptiveOptions {
  /** Default "d-optimal". */
  readonly criterion?: AdaptiveCriterion;
  /** Weights of the items in the score, for the criterion "score". */
  readonly weights?: Float64Array;
  readonly stop: StoppingRule;
  /** Name of each item's group, and the share of the questions that each group should have (content balancing). */
  readonly groups?: readonly string[];
  readonly shares?: Readonly<Record<string, number>>;
  /** Items never to be asked. */
  readonly never?: Iterable<number>;
  /** Each question is drawn at random among so many of the best. Default 1. */
  readonly among?: number;
  readonly seed?: number;
  /** Who takes it: what is drawn at random differs from one sitting to another, and is the same again for the same. */
  readonly sitting?: string;
  /** Of the ability: a bank's `latent`. Default N(0, I). */
  readonly prior?: AbilityPrior;
}

/** The exam ends as soon as one of them holds; `least` questions are asked in any case. */
export interface StoppingRule {
  readonly most?: number;
  readonly least?: number;
  /** Largest standard error of any dimension. */
  readonly standardError?: number;
  /** Bound on the sum of the answers' costs. */
  readonly cost?: number;
  /** Bound on the sum of the answers' seconds. */
  readonly seconds?: number;
}

/** An exam under way, as JSON: everything that the next step needs. */
export interface AdaptiveState {
  readonly version: 1;
  readonly answers: readonly AdaptiveAnswer[];
  /** Item that was asked and not answered yet. */
  readonly pending: number | null;
  readonly ability: readonly number[];
  /** D × D posterior covariance. */
  readonly covariance: readonly number[];
}

export interface AdaptiveAnswer {
  readonly item: number;
  /** In [0, 1]; null where no answer came, which the ability does not count. */
  readonly score: number | null;
  readonly cost?: number;
  readonly seconds?: number;
}

/** The steps of an adaptive exam: plain functions of a state, without clock, chance or input and output. */
export interface AdaptiveExam {
  start(): AdaptiveState;
  /** The state with the next question in `pending`; the same state where one is pending or the exam is over. */
  next(state: AdaptiveState): AdaptiveState;
  /** The state after the pending question's answer. */
  answer(state: AdaptiveState, answer: Omit<AdaptiveAnswer, "item">): AdaptiveState;
  /** Why the exam is over, or undefined while it goes on. */
  over(state: AdaptiveState): "most" | "standardError" | "cost" | "seconds" | "noQuestionLeft" | undefined;
}

/**
 * An adaptive exam over calibrated items: each question is the one that tells most given the answers so far.
 *
 * @example
 * const exam = adaptiveExam(bank.parameters, { prior: bank.latent, stop: { most: 30, standardError: 0.3 } });
 * let state = exam.next(exam.start());
 * while (state.pending !== null) state = exam.next(exam.answer(state, { score: ask(state.pending) }));
 */
export function adaptiveExam(items: ItemParameters, options: AdaptiveOptions): AdaptiveExam {
  const { criterion = "d-optimal", stop, groups, shares, among = 1, seed = 1, prior = {}, weights } = options;
  const ownSeed = seed * 7919 + hashOf(options.sitting ?? "");
  const n = items.intercept.length;
  const closed = new Uint8Array(n);
  for (const i of options.never ?? []) closed[i] = 1;
  check(options, n);

  const openItems = ({ answers }: AdaptiveState): number[] => {
    const asked = new Set(answers.map(({ item }) => item));
    const open: number[] = [];
    for (let i = 0; i < n; i++) if (!closed[i] && !asked.has(i)) open.push(i);
    return open;
  };

  const over = (state: AdaptiveState): ReturnType<AdaptiveExam["over"]> => {
    const { answers, covariance } = state;
    if (answers.length >= (stop.most ?? Infinity)) return "most";
    if (answers.length >= n || openItems(state).length === 0) return "noQuestionLeft";
    if (answers.length < (stop.least ?? 0)) return undefined;
    const dims = items.dims;
    const error = Math.sqrt(Math.max(...Array.from({ length: dims }, (_, j) => covariance[j * (dims + 1)])));
    if (answers.length > 0 && error <= (stop.standardError ?? 0)) return "standardError";
    if (sum(answers, "cost") >= (stop.cost ?? Infinity)) return "cost";
    if (sum(answers, "seconds") >= (stop.seconds ?? Infinity)) return "seconds";
    return undefined;
  };

  return {
    over,
    start: () => place([], null),
    next(state) {
      if (state.pending !== null || over(state)) return state;
      const candidates = balanced(openItems(state), state.answers, groups, shares);
      const random = seededRandom(ownSeed + state.answers.length);
      if (criterion === "random")
        return { ...state, pending: candidates[Math.floor(random() * candidates.length)] };
      const worth = questionWorth(items, state, criterion, weights);
      if (among > 1) candidates.sort((a, b) => worth[b] - worth[a]);
      const best =
        among > 1
          ? candidates[Math.floor(random() * Math.min(among, candidates.length))]
          : candidates.reduce((a, b) => (worth[b] > worth[a] ? b : a));
      return { ...state, pending: best };
    },
    answer(state, answer) {
      if (state.pending === null)
        throw new InputError("no question is pending", { hint: "Call next first; the exam may be over." });
      return place([...state.answers, { item: state.pending, ...answer }], null);
    },
  };

  function place(answers: readonly AdaptiveAnswer[], pending: number | null): AdaptiveState {
    const given = answers.filter(({ score }) => score !== null);
    const { ability, covariance } = estimateAbility(
      items,
      { items: given.map(({ item }) => item), scores: given.map(({ score }) => score as number) },
      prior,
    );
    return { version: 1, answers, pending, ability: Array.from(ability), covariance: Array.from(covariance) };
  }
}

/** FNV-1a over UTF-16 units; 0 for an empty text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return text === "" ? 0 : hash;
}

/** Items of the group that lacks most of its share so far (Kingsbury & Zara 1989). */
function balanced(
  open: number[],
  answers: readonly AdaptiveAnswer[],
  groups: readonly string[] | undefined,
  shares: Readonly<Record<string, number>> | undefined,
): number[] {
  if (!groups || !shares) return open;
  let total = 0;
  for (const share of Object.values(shares)) total += share;
  const counts = new Map<string, number>();
  for (const { item } of answers) counts.set(groups[item], (counts.get(groups[item]) ?? 0) + 1);
  const left = new Set(open.map((i) => groups[i]));
  const lacking = Object.entries(shares)
    .filter(([group]) => left.has(group))
    .map(([group, share]) => ({
      group,
      lack: (share / total) * (answers.length + 1) - (counts.get(group) ?? 0),
    }));
  if (lacking.length === 0) return open;
  const { group } = lacking.reduce((a, b) => (b.lack > a.lack ? b : a));
  return open.filter((i) => groups[i] === group);
}

function sum(answers: readonly AdaptiveAnswer[], field: "cost" | "seconds"): number {
  return answers.reduce((total, answer) => total + (answer[field] ?? 0), 0);
}

function check({ stop, groups, shares, weights }: AdaptiveOptions, n: number): void {
  const { most, standardError, cost, seconds } = stop;
  if (most === undefined && standardError === undefined && cost === undefined && seconds === undefined)
    throw new InputError("an adaptive exam needs a rule to stop by", {
      field: "stop",
      expected: "most, standardError, cost or seconds",
    });
  if (groups && groups.length !== n)
    throw new InputError("each item needs its group", {
      field: "groups",
      found: String(groups.length),
      expected: String(n),
    });
  if (weights && weights.length !== n)
    throw new InputError("each item needs its weight", {
      field: "weights",
      found: String(weights.length),
      expected: String(n),
    });
  for (const [group, share] of Object.entries(shares ?? {}))
    if (!(share >= 0)) throw new InputError("a share is negative", { field: group, found: String(share) });
}
