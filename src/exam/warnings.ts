import { estimateAbility, type SubjectAbility } from "../irt/index.ts";
import { probabilities } from "./pirt.ts";
import { type Pool, scoreRange } from "./pool.ts";
import { type Tally, tallyWarnings } from "./tally.ts";

interface Scored {
  readonly answered: Uint32Array;
  readonly scores: Float64Array;
  readonly ability: SubjectAbility;
  readonly personFit: number;
  /** K estimated scores. */
  readonly estimates: readonly number[];
  /** Items of the exam, where the answers can hold others. */
  readonly exam?: Uint32Array | undefined;
  /** Nothing of the score is estimated. */
  readonly complete: boolean;
  readonly tally: Tally | undefined;
}

/** Reasons to trust a subject's numbers less, each a sentence; empty when there is none. */
export function scoreWarnings(pool: Pool, scored: Scored): string[] {
  const { answered, scores, complete, tally } = scored;
  const found = tally ? tallyWarnings(tally) : [];
  const { dims } = pool.parameters;
  const subjects = pool.responses.subjects.length;
  if (answered.length === 0)
    return [...found, "No question was answered: the numbers are those of an unknown model."];
  if (subjects < 20 && !complete)
    found.push(
      `The bank knows only ${subjects} subjects: intervals are wide, and hold only for a model much like these.`,
    );
  if (pool.drawn >= 0.05 && !complete)
    found.push(
      `${percent(pool.drawn)} of the responses of the bank's subjects are missing and were drawn from the model: errors and intervals are partly the model's word.`,
    );
  if (subjects < 5 * dims)
    found.push(`${subjects} subjects are too few for ${dims} dimensions; calibrate with --dims 1.`);
  const right = scores.reduce((sum, x) => sum + x, 0);
  if (!complete && (right === 0 || right === scores.length))
    found.push(
      `Every answer is ${right === 0 ? "wrong" : "right"}: the exam bounds this model on one side only.`,
    );
  const range = complete ? undefined : extrapolates(pool, scored.estimates);
  if (range) found.push(range);
  if (scored.personFit < -2.5)
    found.push(
      `Odd pattern (l_z* = ${scored.personFit.toFixed(1)}): easy questions wrong and hard ones right more often than its ability explains.`,
    );
  const seen = scored.exam && favoursExam(pool, answered, scores, scored.exam);
  if (seen) found.push(seen);
  return found;
}

/** A score beyond those of all the pool's subjects rests on the model, not on data. */
function extrapolates(pool: Pool, estimates: readonly number[]): string | undefined {
  const t = pool.scenarios.length - 1;
  const { least, most } = scoreRange(pool, t);
  const { name } = pool.scenarios[t];
  if (estimates[t] > most)
    return `Stronger than every model of the bank on "${name}" (${percent(estimates[t])} against at most ${percent(most)}): an extrapolation.`;
  if (estimates[t] < least)
    return `Weaker than every model of the bank on "${name}" (${percent(estimates[t])} against at least ${percent(least)}): an extrapolation.`;
  return undefined;
}

/** Better on the exam's questions than its answers to others explain: it may have seen them. */
function favoursExam(
  { parameters, latent }: Pool,
  answered: Uint32Array,
  scores: Float64Array,
  exam: Uint32Array,
): string | undefined {
  const own = new Set(exam);
  const others = Array.from(answered.keys()).filter((j) => !own.has(answered[j]));
  const asked = Array.from(answered.keys()).filter((j) => own.has(answered[j]));
  if (others.length < 20 || asked.length < 10) return undefined;
  const { ability, covariance } = estimateAbility(
    parameters,
    { items: others.map((j) => answered[j]), scores: others.map((j) => scores[j]) },
    latent,
  );
  const p = probabilities(parameters, ability);
  const { dims, discrimination } = parameters;
  const slope = new Float64Array(dims);
  let surplus = 0;
  let variance = 0;
  for (const j of asked) {
    const i = answered[j];
    const w = p[i] * (1 - p[i]);
    surplus += scores[j] - p[i];
    variance += w;
    for (let d = 0; d < dims; d++) slope[d] += w * discrimination[i * dims + d];
  }
  for (let d = 0; d < dims; d++)
    for (let l = 0; l < dims; l++) variance += slope[d] * slope[l] * covariance[d * dims + l];
  const z = surplus / Math.sqrt(variance);
  if (z < 3) return undefined;
  return `Better on the exam's questions than its other answers explain (${surplus.toFixed(1)} more right than expected, z = ${z.toFixed(1)}): it may have seen them.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
