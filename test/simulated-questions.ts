import { permutation, type Random, seededRandom } from "../src/numerics/index.ts";
import type { ResponseMatrix } from "../src/responses/index.ts";

/** Kinds of simulated questions: their words, and how well each of three models answers them. */
const kinds = [
  { words: ["river", "mountain", "capital", "border", "island", "valley"], p: [0.8, 0.5, 0.4] },
  { words: ["integral", "matrix", "prime", "angle", "vector", "root"], p: [0.4, 0.8, 0.5] },
  { words: ["loop", "array", "string", "pointer", "class", "queue"], p: [0.3, 0.4, 0.7] },
] as const;

/** Simulated questions of three kinds, mixed, answered by three models, each best at one kind; with the true P. */
export function simulatedQuestions(
  n: number,
  seed: number,
  { shuffled = false } = {},
): { matrix: ResponseMatrix; truth: Float64Array } {
  const random: Random = seededRandom(seed);
  const texts: string[] = [];
  const truth = new Float64Array(3 * n);
  const scores = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    const kind = kinds[Math.floor(random() * kinds.length)];
    const words = Array.from({ length: 8 }, () => kind.words[Math.floor(random() * kind.words.length)]);
    texts.push(`${i}: what about ${words.join(" ")}?`);
    for (let m = 0; m < 3; m++) {
      truth[m * n + i] = kind.p[m];
      scores[m * n + i] = random() < kind.p[m] ? 1 : 0;
    }
  }
  const order = permutation(n, random);
  return {
    truth,
    matrix: {
      subjects: ["geographer", "mathematician", "programmer"],
      items: texts.map((_, i) => `q${i}`),
      texts: shuffled ? Array.from(order, (i) => texts[i]) : texts,
      scores,
      observed: new Uint8Array(3 * n).fill(1),
    },
  };
}
