/** Simulated leaderboards of the exams' benchmarks, and how figures are summed up. */
import { seededNormal, seededRandom, simulateLeaderboard } from "../dist/index.js";

const seed = 57;

/** Slopes and intercepts as spread as those that the agents of terminalbench give its tasks. */
export const steep = { slopes: [0.68, 0.48], intercepts: 2.76 };

/** The misfit that a one-dimensional model does not know: a second ability, one per subscenario, noise, near copies. */
export function simulatedLeaderboard(subjects, { items = 14_042, ...shape } = {}) {
  const subscenarios = Array.from({ length: items }, (_, i) => `subject ${(i % 57) + 1}`);
  const scenarios = subscenarios.map(() => "leaderboard");
  return simulateLeaderboard({ subjects, items, scenarios, subscenarios, seed, copies: 0.3, ...shape });
}

/** The parameters that the items of that leaderboard were drawn with, the noise apart. */
export function trueParameters(items) {
  const normal = seededNormal(seededRandom(seed));
  const slope = Float64Array.from({ length: items }, () => Math.exp(0.3 * normal()));
  const side = Float64Array.from({ length: items }, () => 0.5 * normal());
  const intercept = Float64Array.from({ length: items }, () => 1.3 * normal());
  const discrimination = Float64Array.from({ length: 2 * items }, (_, p) => (p % 2 ? side : slope)[p >> 1]);
  return { family: "2pl", dims: 2, discrimination, intercept };
}
