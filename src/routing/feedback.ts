/** What one source has said of one model, as a Gaussian estimate of how its rewards differ from the predicted ones. */
interface SourceOpinion {
  readonly mean: number;
  readonly variance: number;
}

/** What feedback has taught so far; plain data, to be kept as JSON. */
export interface FeedbackState {
  /** For each model, the opinion of each source. */
  readonly opinions: Readonly<Record<string, Readonly<Record<string, SourceOpinion>>>>;
}

export interface Feedback {
  readonly model: string;
  /** P that the router had given for the question. */
  readonly p: number;
  /** Reward of the answer, 0 … 1. */
  readonly reward: number;
  /** Who says so: a key, a user, a verifier. */
  readonly source: string;
}

export interface FeedbackOptions {
  /** Sources whose word counts in full (an own verifier); any other source moves a model by `limit` at most. */
  readonly trusted?: readonly string[];
  /** Half of it for each of two models is what one source can do at worst to the mean reward; 0.01 unless given. */
  readonly limit?: number;
  /** Number of feedbacks after which an opinion has lost most of its weight; 2000 unless given. */
  readonly memory?: number;
}

/** Nothing learnt yet. */
export const noFeedback: FeedbackState = { opinions: {} };

/** Prior standard deviation of a model's shift, and variance of one reward around its probability. */
const priorVariance = 0.05 ** 2;
const rewardVariance = 0.2;

/**
 * One step of a Kalman filter with forgetting: the source's estimate of the model's shift moves towards
 * `reward − p`, and drifts back to the prior by 1 / memory a step. Constant time; the state given is left as it is.
 * Rewards outside [0, 1] or not finite are ignored.
 */
export function withFeedback(
  state: FeedbackState,
  { model, p, reward, source }: Feedback,
  { memory = 2000 }: FeedbackOptions = {},
): FeedbackState {
  if (!(reward >= 0 && reward <= 1 && p >= 0 && p <= 1)) return state;
  const ofModel = Object.hasOwn(state.opinions, model) ? state.opinions[model] : {};
  const before = Object.hasOwn(ofModel, source) ? ofModel[source] : { mean: 0, variance: priorVariance };
  const keep = 1 - 1 / memory;
  const mean = keep * before.mean;
  const variance = keep ** 2 * before.variance + (1 - keep ** 2) * priorVariance;
  const gain = variance / (variance + rewardVariance);
  const after = { mean: mean + gain * (reward - p - mean), variance: (1 - gain) * variance };
  return { opinions: { ...state.opinions, [model]: { ...ofModel, [source]: after } } };
}

/**
 * How much higher a model's reward is than predicted, by all sources: the precision-weighted mean of what they say and
 * of the prior. A source that is not trusted counts with so little weight that it alone, however many feedbacks it
 * sends, moves what the trusted ones say by `limit` / 2 at most, and what others like it say by a twentieth at most;
 * so it cannot lower the mean reward of the router's choices between two models by more than `limit`.
 */
export function feedbackShift(
  state: FeedbackState,
  model: string,
  { trusted = [], limit = 0.01 }: FeedbackOptions = {},
): number {
  const opinions = Object.hasOwn(state.opinions, model) ? Object.entries(state.opinions[model]) : [];
  const said = opinions.map(([source, { mean, variance }]) => {
    const weight = 1 / variance - 1 / priorVariance;
    return { trusted: trusted.includes(source), weight, raw: weight > 0 ? mean / variance / weight : 0 };
  });
  const pooled = (start: { sum: number; weight: number }, some: typeof said) =>
    some.reduce((to, { weight, raw }) => ({ sum: to.sum + weight * raw, weight: to.weight + weight }), start);
  const known = pooled(
    { sum: 0, weight: 1 / priorVariance },
    said.filter((opinion) => opinion.trusted),
  );
  const all = pooled(
    known,
    said
      .filter((opinion) => !opinion.trusted)
      .map((opinion) => {
        const away = Math.abs(opinion.raw - known.sum / known.weight);
        const most = Math.min(
          known.weight / 19,
          (known.weight * limit) / 2 / Math.max(away - limit / 2, 1e-9),
        );
        return { ...opinion, weight: Math.min(opinion.weight, most) };
      }),
  );
  return all.sum / all.weight;
}
