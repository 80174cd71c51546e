import type { ResponseMatrix } from "../responses/index.ts";
import { curvePoint, modelOf, packItems } from "./models.ts";
import type { Abilities, ItemParameters } from "./parameters.ts";

/** Mean squares near 1 fit; their `z` is about standard normal where the model holds (Wilson–Hilferty). */
export interface MeanSquares {
  /** Unweighted mean of squared standardised residuals: sensitive to surprises far from the item's difficulty. */
  readonly outfit: Float64Array;
  readonly outfitZ: Float64Array;
  /** Information-weighted mean: sensitive to surprises near it. */
  readonly infit: Float64Array;
  readonly infitZ: Float64Array;
  /** Responses behind each. Without any, the numbers are NaN. */
  readonly responses: Float64Array;
}

/** Moments of one response under the model. */
interface CellMoments {
  mean: number;
  variance: number;
  /** Fourth central moment. */
  fourth: number;
}

/** Calls `visit` with the model's moments of every observed score, at the subjects' point abilities. */
export function visitCells(
  matrix: ResponseMatrix,
  items: ItemParameters,
  { ability, dims }: Abilities,
  visit: (subject: number, item: number, cell: number, moments: CellMoments) => void,
): void {
  const model = modelOf(items);
  const x = packItems(model, items);
  const out = curvePoint(model);
  const width = matrix.items.length;
  const moments: CellMoments = { mean: 0, variance: 0, fourth: 0 };
  for (let s = 0; s < matrix.subjects.length; s++)
    for (let i = 0; i < width; i++) {
      const cell = s * width + i;
      if (!matrix.observed[cell]) continue;
      model.evaluate(x, i * model.size, ability, s * dims, out);
      moments.mean = 0;
      moments.variance = 0;
      moments.fourth = 0;
      for (let k = 1; k < model.categories; k++) moments.mean += k * out.p[k];
      for (let k = 0; k < model.categories; k++) {
        const square = (k - moments.mean) ** 2;
        moments.variance += out.p[k] * square;
        moments.fourth += out.p[k] * square * square;
      }
      moments.variance = Math.max(moments.variance, 1e-12);
      visit(s, i, cell, moments);
    }
}

/**
 * Infit and outfit of items and subjects (Wright & Masters 1982, chapter 5). They are computed at estimated abilities,
 * which makes the residuals of short tests a little too small: read them beside S-X2.
 */
export function meanSquares(matrix: ResponseMatrix, items: ItemParameters, abilities: Abilities) {
  const byItem = new Sums(matrix.items.length);
  const bySubject = new Sums(matrix.subjects.length);
  visitCells(matrix, items, abilities, (s, i, cell, { mean, variance, fourth }) => {
    const n = matrix.trials?.[cell] ?? 1;
    const residual = n * (matrix.scores[cell] - mean);
    const total = n * variance;
    // The sum of n independent answers: its fourth moment is n·C + 3n(n − 1)V².
    const kurtosis = n * fourth + 3 * n * (n - 1) * variance * variance;
    byItem.add(i, residual, total, kurtosis);
    bySubject.add(s, residual, total, kurtosis);
  });
  return { items: byItem.meanSquares(), subjects: bySubject.meanSquares() };
}

class Sums {
  private readonly count: Float64Array;
  private readonly standardised: Float64Array;
  private readonly squares: Float64Array;
  private readonly variance: Float64Array;
  private readonly outfitSpread: Float64Array;
  private readonly infitSpread: Float64Array;

  constructor(length: number) {
    const zeros = () => new Float64Array(length);
    this.count = zeros();
    this.standardised = zeros();
    this.squares = zeros();
    this.variance = zeros();
    this.outfitSpread = zeros();
    this.infitSpread = zeros();
  }

  add(at: number, residual: number, variance: number, fourth: number): void {
    this.count[at]++;
    this.standardised[at] += residual ** 2 / variance;
    this.squares[at] += residual ** 2;
    this.variance[at] += variance;
    this.outfitSpread[at] += fourth / variance ** 2 - 1;
    this.infitSpread[at] += fourth - variance ** 2;
  }

  meanSquares(): MeanSquares {
    const outfit = this.standardised.map((v, i) => v / this.count[i]);
    const infit = this.squares.map((v, i) => v / this.variance[i]);
    return {
      outfit,
      outfitZ: outfit.map((v, i) => wilsonHilferty(v, Math.sqrt(this.outfitSpread[i]) / this.count[i])),
      infit,
      infitZ: infit.map((v, i) => wilsonHilferty(v, Math.sqrt(this.infitSpread[i]) / this.variance[i])),
      responses: this.count,
    };
  }
}

/**
 * Wilson & Hilferty (1931) as Wright & Masters (1982) use it, q the model's standard deviation of the mean square.
 * Beyond q = √2 (a chi-squared of one degree of freedom) the cube root no longer makes it normal and q / 3 would decide
 * the sign; as in Winsteps, q ends there (Linacre, Winsteps manual, WHEXACT: degrees of freedom 2 / q² never below 1).
 */
function wilsonHilferty(meanSquare: number, sd: number): number {
  const q = Math.min(sd, Math.SQRT2);
  // Where every square is as the model says for certain there is nothing to be surprised at.
  if (!(q > 1e-9)) return 0;
  return (Math.cbrt(meanSquare) - 1) * (3 / q) + q / 3;
}
