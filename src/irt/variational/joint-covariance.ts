import type { Cells } from "../../kernels/index.ts";
import { cholesky, invertCholesky, solveCholesky } from "../../numerics/index.ts";
import { addTimes, dot } from "./dense.ts";
import type { ItemPrior, VariationalPriors } from "./prior.ts";
import { ownInformation, responseInformation, shared } from "./response-information.ts";
import { addRotation, holdRotation, rotationErrors } from "./rotation-error.ts";
import { addScaleOfAbilities, moveInformation, scaleMoves } from "./scale-moves.ts";
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
 * With the residuals' part the information is the observed one, without it the expected one. Where subjects are the smaller
 * side, the observed one says more of the scale than there is to know: a θ stays as it is when a shrinks as θ grows, a curved
 * path, to which residuals summed over many items add curvature of their own. There the expected one is taken.
 *
 * The smaller side is kept and the larger eliminated row by row. The errors of the rotation that identifies the axes are added
 * last. Returns false, leaving the covariances as they are,
 * where that would take too long or the joint information is not positive definite. Where a dimension is
 * almost empty the observed information may be indefinite; the expected one is then used.
 */
export function jointCovariance(
  bySubject: Cells,
  posteriors: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
): boolean {
  return (
    (!subjectsAreFewer(posteriors) && replaceCovariances(bySubject, posteriors, prior, priors, true)) ||
    replaceCovariances(bySubject, posteriors, prior, priors, false)
  );
}

/** Whether the abilities are fewer unknowns than the items' parameters. */
const subjectsAreFewer = ({ subjects, items }: Posteriors): boolean =>
  subjects.rows * (items.size - 1) <= items.rows * items.size;

/** `curved`: with the residuals' part of the information (observed), else without (expected, never indefinite). */
function replaceCovariances(
  bySubject: Cells,
  posteriors: Posteriors,
  prior: ItemPrior,
  priors: VariationalPriors,
  curved: boolean,
): boolean {
  const { subjects, items } = posteriors;
  const { size } = items;
  const dims = size - 1;
  const moving = scaleMoves(prior, priors);
  const keepSubjects = subjectsAreFewer(posteriors);
  const [kept, gone] = keepSubjects ? [subjects, items] : [items, subjects];
  const [p, q] = keepSubjects ? [dims, size] : [size, dims];
  const rowUnknowns = kept.rows * p;
  const unknowns = rowUnknowns + (keepSubjects ? moving.length : 0);
  if (gone.rows * q * unknowns ** 2 > 2 * mostWork) return false;

  const moves = { count: moving.length, ...moveInformation(items, prior, moving, curved) };
  if (!curved) addScaleOfAbilities(moves.own, moving, subjects);
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
  const turns = rotationErrors(items, (w) => {
    // H⁻¹ w of items' coordinates w (I × K), by the same elimination: x of the kept, then of what was eliminated.
    const right = new Float64Array(unknowns);
    if (keepSubjects)
      scaled.forEach(({ root, rows }, r) => {
        const half = timesTransposed(root, w.subarray(r * q, (r + 1) * q), q);
        for (let i = 0; i < q; i++) addTimes(right, 0, rows, i * unknowns, -half[i], unknowns);
      });
    else right.set(w);
    const x = solveCholesky(schur, unknowns, right);
    const eliminatedPart = new Float64Array(gone.rows * q);
    for (let r = 0; r < gone.rows; r++) {
      const { root, rows } = scaled[r];
      const half = keepSubjects
        ? timesTransposed(root, w.subarray(r * q, (r + 1) * q), q)
        : new Float64Array(q);
      for (let i = 0; i < q; i++) half[i] -= dot(rows.subarray(i * unknowns, (i + 1) * unknowns), x, 0);
      for (let i = 0; i < q; i++)
        for (let k = 0; k <= i; k++) eliminatedPart[r * q + i] += root[i * q + k] * half[k];
    }
    return keepSubjects
      ? { ofSubjects: x, ofItems: eliminatedPart }
      : { ofSubjects: eliminatedPart, ofItems: x };
  });

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
  addRotation(subjects, items, turns);
  return true;
}

function choleskyOf(matrix: Float64Array, n: number): Float64Array {
  cholesky(matrix, n);
  return matrix;
}

function setBlock(to: Float64Array, width: number, at: number, from: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) to[(at + i) * width + at + j] = from[i * n + j];
}

/** Lᵀ x of a lower triangle L. */
function timesTransposed(l: Float64Array, x: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let k = i; k < n; k++) out[i] += l[k * n + i] * x[k];
  return out;
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
