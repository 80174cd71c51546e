import type { Cells, Gaussians } from "../../kernels/index.ts";
import { cholesky, invertCholesky, logistic } from "../../numerics/index.ts";
import { atFloor, type ItemPrior, learnedCoordinates, precisionOf, type VariationalPriors } from "./prior.ts";
import type { Posteriors } from "./start.ts";

/** Multiply-adds beyond which the joint system is not formed. */
const mostWork = 3e9;

/**
 * Variational posteriors treat abilities and items as independent, so that each side's covariances are those given the
 * other side known: too narrow. This replaces them, in place, by the diagonal blocks of the inverse of the joint
 * information of all parameters at the posterior means: E[σ′] x xᵀ and E[σ′] a aᵀ with the priors' precision on the
 * diagonal, E[σ′] x aᵀ − (y − E[σ]) for each response between a subject and an item (the linear response of Giordano, Broderick &
 * Jordan 2018, which is the missing-information principle of Louis 1982 with items and abilities alike). Where the
 * items' prior was learned it moves along with the abilities' location and scale, which are unknowns too: else it would
 * pin them as if they were known.
 *
 * The smaller side is kept and the larger eliminated row by row. Returns false, leaving the covariances as they are,
 * where that would take too long or the joint information is not positive definite. Where a dimension is
 * almost empty the full information may be indefinite; the prior is then held still, and last the expected information used.
 */
export function jointCovariance(
  bySubject: Cells,
  posteriors: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
): boolean {
  const still: VariationalPriors = { ...priors, learned: "none" };
  return (
    replaceCovariances(bySubject, posteriors, prior, priors, true) ||
    replaceCovariances(bySubject, posteriors, prior, still, true) ||
    replaceCovariances(bySubject, posteriors, prior, still, false)
  );
}

/** `curved`: with the residuals' part of the information (observed), else without (expected, never indefinite). */
function replaceCovariances(
  bySubject: Cells,
  { subjects, items }: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
  curved: boolean,
): boolean {
  const { size } = items;
  const dims = size - 1;
  const moves = scaleMoves(items, prior, priors);
  const keepSubjects = subjects.rows * dims <= items.rows * size;
  const [kept, gone] = keepSubjects ? [subjects, items] : [items, subjects];
  const [p, q] = keepSubjects ? [dims, size] : [size, dims];
  const rowUnknowns = kept.rows * p;
  const unknowns = rowUnknowns + (keepSubjects ? moves.count : 0);
  if (gone.rows * q * unknowns ** 2 > 2 * mostWork) return false;

  const responses = responseInformation(bySubject, subjects, items);
  const own = ownInformation(responses, subjects, items, prior);
  const [ofKept, ofGone] = keepSubjects ? [own.subjects, own.items] : [own.items, own.subjects];

  /** Rows to eliminate: their own covariance (first q × q), and information shared with every kept unknown. */
  const eliminated = function* (): Generator<{ root: Float64Array; cross: Float64Array; q: number }> {
    const cross = new Float64Array(q * unknowns);
    for (let r = 0; r < gone.rows; r++) {
      cross.fill(0);
      for (let k = 0; k < kept.rows; k++) {
        const [s, i] = keepSubjects ? [k, r] : [r, k];
        shared(responses, subjects, items, s, i, curved, (x, d, value) => {
          if (keepSubjects) cross[x * unknowns + k * p + d] = value;
          else cross[d * unknowns + k * p + x] = value;
        });
      }
      if (keepSubjects)
        for (let g = 0; g < moves.count; g++)
          for (let x = 0; x < size; x++)
            cross[x * unknowns + rowUnknowns + g] = moves.cross[(r * moves.count + g) * size + x];
      const inverse = invertCholesky(choleskyOf(ofGone.slice(r * q * q, (r + 1) * q * q), q), q);
      yield { root: choleskyOf(inverse, q), cross, q };
    }
    if (keepSubjects || moves.count === 0) return;
    const means = new Float64Array(moves.count * unknowns);
    for (let i = 0; i < items.rows; i++)
      for (let g = 0; g < moves.count; g++)
        means.set(
          moves.cross.subarray((i * moves.count + g) * size, (i * moves.count + g + 1) * size),
          g * unknowns + i * p,
        );
    const inverse = invertCholesky(choleskyOf(moves.own.slice(), moves.count), moves.count);
    yield { root: choleskyOf(inverse, moves.count), cross: means, q: moves.count };
  };

  const schur = new Float64Array(unknowns ** 2);
  for (let r = 0; r < kept.rows; r++)
    setBlock(schur, unknowns, r * p, ofKept.subarray(r * p * p, (r + 1) * p * p), p);
  if (keepSubjects) setBlock(schur, unknowns, rowUnknowns, moves.own, moves.count);
  // W = Lᵀ · cross with covariance = L Lᵀ, so that crossᵀ · covariance · cross = Wᵀ W.
  const scaled: { root: Float64Array; rows: Float64Array; q: number }[] = [];
  for (const { root, cross, q } of eliminated()) {
    const rows = new Float64Array(q * unknowns);
    for (let i = 0; i < q; i++)
      for (let k = i; k < q; k++)
        addTimes(rows, i * unknowns, cross, k * unknowns, root[k * q + i], unknowns);
    for (let i = 0; i < q; i++)
      for (let c = 0; c < unknowns; c++)
        addTimes(schur, c * unknowns, rows, i * unknowns, -rows[i * unknowns + c], c + 1);
    scaled.push({ root, rows, q });
  }
  holdRotation(schur, unknowns, kept, p, dims);
  if (!cholesky(schur, unknowns)) return false;

  // Of what was eliminated: L (I + (W M⁻ᐟ²)(W M⁻ᐟ²)ᵀ) Lᵀ with M the Schur complement.
  for (let r = 0; r < gone.rows; r++) {
    const { root, rows } = scaled[r];
    const half = Array.from({ length: q }, (_, i) =>
      solveLower(schur, unknowns, rows.subarray(i * unknowns, (i + 1) * unknowns), 0),
    );
    const inner = new Float64Array(q * q);
    for (let i = 0; i < q; i++)
      for (let j = 0; j < q; j++) inner[i * q + j] = (i === j ? 1 : 0) + dot(half[i], half[j], 0);
    for (let i = 0; i < q; i++)
      for (let j = 0; j < q; j++) {
        let sum = 0;
        for (let k = 0; k <= i; k++)
          for (let l = 0; l <= j; l++) sum += root[i * q + k] * inner[k * q + l] * root[j * q + l];
        gone.covariance[(r * size + i) * size + j] = sum;
      }
  }
  const unit = new Float64Array(unknowns);
  for (let r = 0; r < kept.rows; r++) {
    const half = Array.from({ length: p }, (_, i) => {
      unit.fill(0);
      unit[r * p + i] = 1;
      return solveLower(schur, unknowns, unit, r * p);
    });
    for (let i = 0; i < p; i++)
      for (let j = 0; j < p; j++) kept.covariance[(r * size + i) * size + j] = dot(half[i], half[j], r * p);
  }
  return true;
}

/**
 * Moves of location and scale, β ↦ (I + εA) β for items, that a learned prior follows: its information on each move
 * (count × count) and between the move and each item (I × count × K). Moving an item and the prior together costs nothing.
 */
function scaleMoves(
  { rows, size, mean }: Gaussians,
  prior: ItemPrior,
  priors: VariationalPriors,
): { count: number; own: Float64Array; cross: Float64Array } {
  const moving = learnedCoordinates(priors, size).filter((k) => k < size - 1);
  // Each move adds, to coordinate `to`, coordinate `from`: location (slope to intercept), scale (symmetric).
  const growing = moving.filter((k) => !atFloor(prior, priors, k));
  const moves = moving.flatMap((k) => [
    [[size - 1, k]],
    ...growing
      .filter((l) => l <= k && growing.includes(k))
      .map((l) =>
        l === k
          ? [[k, k]]
          : [
              [k, l],
              [l, k],
            ],
      ),
  ]);
  const count = moves.length;
  const own = new Float64Array(count * count);
  const cross = new Float64Array(rows * count * size);
  const { precision } = precisionOf(prior).prior;
  const apply = (move: number[][], x: Float64Array): Float64Array => {
    const out = new Float64Array(size);
    for (const [to, from] of move) out[to] += x[from];
    return out;
  };
  const times = (x: Float64Array): Float64Array => {
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) out[i] += precision[i * size + j] * x[j];
    return out;
  };
  for (let r = 0; r < rows; r++) {
    const item = mean.slice(r * size, (r + 1) * size);
    const pulled = times(item.map((x, k) => x - prior.mean[k]));
    const moved = moves.map((move) => apply(move, item));
    const weighed = moved.map(times);
    moves.forEach((move, g) => {
      const transposed = move.map(([to, from]) => [from, to]);
      const back = apply(transposed, pulled);
      for (let x = 0; x < size; x++) cross[(r * count + g) * size + x] = -(back[x] + weighed[g][x]);
      for (let h = 0; h < count; h++)
        own[g * count + h] +=
          dot(moved[g], weighed[h], 0) +
          dot(apply(move, moved[h]), pulled, 0) +
          dot(apply(moves[h], moved[g]), pulled, 0);
    });
  }
  return { count, own, cross };
}

/** Makes turning the axes costly: standard errors are those given the rotation, which the identification rule fixes. */
function holdRotation(schur: Float64Array, unknowns: number, kept: Gaussians, p: number, dims: number): void {
  let largest = 0;
  for (let c = 0; c < unknowns; c++) largest = Math.max(largest, schur[c * unknowns + c]);
  for (let k = 0; k < dims; k++)
    for (let l = 0; l < k; l++) {
      const turn = new Float64Array(unknowns);
      for (let r = 0; r < kept.rows; r++) {
        turn[r * p + k] = kept.mean[r * kept.size + l];
        turn[r * p + l] = -kept.mean[r * kept.size + k];
      }
      const scale = largest / dot(turn, turn, 0);
      for (let c = 0; c < unknowns; c++) addTimes(schur, c * unknowns, turn, 0, scale * turn[c], unknowns);
    }
}

/** Of each response, n E[σ′] and y − n E[σ], S × I; both 0 where it is missing. */
interface ResponseInformation {
  readonly weight: Float64Array;
  readonly residual: Float64Array;
}

/** Expectations by the probit approximation (MacKay 1992). */
function responseInformation(
  { columns, trials, successes }: Cells,
  subjects: Gaussians,
  items: Gaussians,
): ResponseInformation {
  const { size } = items;
  const weight = new Float64Array(trials.length);
  const residual = new Float64Array(trials.length);
  for (let at = 0; at < trials.length; at++) {
    const n = trials[at];
    if (n === 0) continue;
    const s = Math.floor(at / columns) * size;
    const i = (at % columns) * size;
    let mean = 0;
    let variance = 0;
    for (let k = 0; k < size; k++) {
      const theta = subjects.mean[s + k];
      const a = items.mean[i + k];
      mean += theta * a;
      for (let l = 0; l < size; l++) {
        const ofSubject = subjects.covariance[(s + k) * size + l];
        const ofItem = items.covariance[(i + k) * size + l];
        variance += ofSubject * (ofItem + a * items.mean[i + l]) + ofItem * theta * subjects.mean[s + l];
      }
    }
    const shrink = 1 / Math.sqrt(1 + (Math.PI * Math.max(0, variance)) / 8);
    const value = logistic(mean * shrink);
    weight[at] = n * value * (1 - value) * shrink;
    residual[at] = successes[at] - n * value;
  }
  return { weight, residual };
}

/** Information of each row about itself, prior included: S × D × D and I × K × K. */
function ownInformation(
  responses: ResponseInformation,
  subjects: Gaussians,
  items: Gaussians,
  prior: ItemPrior,
) {
  const { size } = items;
  const dims = size - 1;
  const ofSubjects = new Float64Array(subjects.rows * dims * dims);
  const ofItems = new Float64Array(items.rows * size * size);
  const { precision } = precisionOf(prior).prior;
  for (let i = 0; i < items.rows; i++) ofItems.set(precision, i * size * size);
  for (let s = 0; s < subjects.rows; s++) {
    for (let d = 0; d < dims; d++) ofSubjects[(s * dims + d) * dims + d] = 1;
    for (let i = 0; i < items.rows; i++) {
      const weight = responses.weight[s * items.rows + i];
      if (weight === 0) continue;
      for (let k = 0; k < size; k++) {
        const x = weight * subjects.mean[s * size + k];
        const a = weight * items.mean[i * size + k];
        for (let l = 0; l < size; l++) {
          ofItems[(i * size + k) * size + l] += x * subjects.mean[s * size + l];
          if (k < dims && l < dims) ofSubjects[(s * dims + k) * dims + l] += a * items.mean[i * size + l];
        }
      }
    }
  }
  return { subjects: ofSubjects, items: ofItems };
}

/** Calls `visit(x, d, value)` with the information that coordinate x of an item shares with coordinate d of a subject. */
function shared(
  responses: ResponseInformation,
  subjects: Gaussians,
  items: Gaussians,
  s: number,
  i: number,
  curved: boolean,
  visit: (x: number, d: number, value: number) => void,
): void {
  const weight = responses.weight[s * items.rows + i];
  const residual = responses.residual[s * items.rows + i];
  if (weight === 0) return;
  const { size } = items;
  for (let x = 0; x < size; x++)
    for (let d = 0; d < size - 1; d++)
      visit(
        x,
        d,
        weight * subjects.mean[s * size + x] * items.mean[i * size + d] - (curved && x === d ? residual : 0),
      );
}

function choleskyOf(matrix: Float64Array, n: number): Float64Array {
  cholesky(matrix, n);
  return matrix;
}

function setBlock(to: Float64Array, width: number, at: number, from: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) to[(at + i) * width + at + j] = from[i * n + j];
}

function addTimes(
  to: Float64Array,
  toAt: number,
  from: Float64Array,
  fromAt: number,
  factor: number,
  count: number,
): void {
  if (factor === 0) return;
  for (let c = 0; c < count; c++) to[toAt + c] += factor * from[fromAt + c];
}

/** L⁻¹ b, where b is zero before `start`. */
function solveLower(l: Float64Array, n: number, b: Float64Array, start: number): Float64Array {
  const x = b.slice();
  for (let i = start; i < n; i++) {
    let sum = x[i];
    const at = i * n;
    for (let k = start; k < i; k++) sum -= l[at + k] * x[k];
    x[i] = sum / l[at + i];
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array, start: number): number {
  let sum = 0;
  for (let k = start; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
