import { calibrateVariational } from "../irt/index.ts";
import { logistic, seededNormal, seededRandom } from "../numerics/index.ts";
import { type Pool, poolOf } from "./pool.ts";
import { scenariosOf } from "./scenarios.ts";

/** What a simulated leaderboard looks like. */
export interface LeaderboardShape {
  readonly subjects: number;
  readonly items: number;
  /** Scenario and subscenario of each item. */
  readonly scenarios?: readonly string[];
  readonly subscenarios?: readonly string[];
  readonly seed: number;
  /** Mean and standard deviation of the logarithms of the slopes. Default 0 and 0.3. */
  readonly slopes?: readonly [number, number];
  /** Standard deviation of the intercepts. Default 1.3. */
  readonly intercepts?: number;
  /** Standard deviation of a second, unmodelled ability. Default 0.5. */
  readonly second?: number;
  /** Standard deviation of noise in each response's logit. Default 0.3. */
  readonly noise?: number;
  /** Share of subjects that are near copies of another, as fine-tuned models are. Default 0. */
  readonly copies?: number;
  /** Share of subscenario effects: standard deviation of each subject's own ability in a subscenario. Default 0.2. */
  readonly local?: number;
}

/**
 * Responses of a leaderboard with misfit: a two-dimensional truth, noise in the logits, abilities of each subject's
 * own in every subscenario, near copies among subjects. For tests and benchmarks of methods that assume less.
 */
export function simulateLeaderboard({
  subjects,
  items,
  scenarios,
  subscenarios,
  seed,
  slopes = [0, 0.3],
  intercepts = 1.3,
  second = 0.5,
  noise = 0.3,
  copies = 0,
  local = 0.2,
}: LeaderboardShape) {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const slope = Float64Array.from({ length: items }, () => Math.exp(slopes[0] + slopes[1] * normal()));
  const side = Float64Array.from({ length: items }, () => second * normal());
  const easiness = Float64Array.from({ length: items }, () => intercepts * normal());
  const scores = new Float64Array(subjects * items);
  for (let s = 0; s < subjects; s++) {
    const copied = s > 0 && random() < copies ? Math.floor(random() * s) : -1;
    const [first, other] = [normal(), normal()];
    const own = new Map<string, number>();
    for (let i = 0, p = s * items; i < items; i++, p++) {
      const part = subscenarios?.[i] ?? "";
      if (!own.has(part)) own.set(part, local * normal());
      const z =
        slope[i] * first + side[i] * other + easiness[i] + (own.get(part) as number) + noise * normal();
      const fresh = random() < logistic(z) ? 1 : 0;
      scores[p] = copied >= 0 && random() < 0.9 ? scores[copied * items + i] : fresh;
    }
  }
  return {
    subjects: Array.from({ length: subjects }, (_, s) => `model ${s + 1}`),
    items: Array.from({ length: items }, (_, i) => `q${i + 1}`),
    scores,
    observed: new Uint8Array(scores.length).fill(1),
    ...(scenarios && { scenarios }),
    ...(subscenarios && { subscenarios }),
  };
}

/** A simulated leaderboard calibrated in `dims` dimensions. */
export function simulatedPool(shape: LeaderboardShape, dims = 1): Pool {
  const responses = simulateLeaderboard(shape);
  return poolOf(responses, calibrateVariational(responses, { dims }).items, scenariosOf(responses));
}
