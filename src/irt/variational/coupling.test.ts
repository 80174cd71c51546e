import { expect, test } from "vitest";
import type { Gaussians } from "../../kernels/index.ts";
import { gaussHermite, seededNormal, seededRandom, softplus } from "../../numerics/index.ts";
import { couple } from "./coupling.ts";
import { type ErrorCoordinates, errorCoordinates } from "./error-coordinates.ts";
import { responseInformation } from "./response-information.ts";

/** One row with a mean and a covariance, whose last coordinate is constant if `constant`. */
function row(size: number, constant: boolean, seed: number): Gaussians {
  const normal = seededNormal(seededRandom(seed));
  const mean = Float64Array.from({ length: size }, normal);
  if (constant) mean[size - 1] = 1;
  const root = Float64Array.from({ length: size * size }, () => 0.25 * normal());
  const covariance = Float64Array.from({ length: size * size }, (_, e) => {
    const [k, l] = [Math.floor(e / size), e % size];
    if (constant && (k === size - 1 || l === size - 1)) return 0;
    let sum = k === l ? 0.05 : 0;
    for (let j = 0; j < size; j++) sum += root[k * size + j] * root[l * size + j];
    return sum;
  });
  return { rows: 1, size, mean, covariance };
}

/** The row with one of its error coordinates at x. */
function moved(
  from: Gaussians,
  { free, roots, pairs }: ErrorCoordinates,
  coordinate: number,
  x: number,
): Gaussians {
  const mean = from.mean.slice();
  const covariance = from.covariance.slice();
  if (coordinate < free) for (let k = 0; k < free; k++) mean[k] += roots[k * free + coordinate] * x;
  else {
    const { k, l, factor } = pairs[coordinate - free];
    const entry = k === l ? x / factor : x;
    for (let i = 0; i < free; i++)
      for (let j = 0; j < free; j++)
        covariance[i * from.size + j] +=
          k === l
            ? entry * roots[i * free + k] * roots[j * free + k]
            : entry * (roots[i * free + k] * roots[j * free + l] + roots[i * free + l] * roots[j * free + k]);
  }
  return { ...from, mean, covariance };
}

/** E log P(score) under independent normal posteriors whose logit is taken for normal. */
function expected(subject: Gaussians, item: Gaussians, score: number): number {
  const { size } = item;
  let mean = 0;
  let variance = 0;
  for (let k = 0; k < size; k++) {
    mean += subject.mean[k] * item.mean[k];
    for (let l = 0; l < size; l++) {
      const at = k * size + l;
      variance +=
        subject.covariance[at] * (item.covariance[at] + item.mean[k] * item.mean[l]) +
        item.covariance[at] * subject.mean[k] * subject.mean[l];
    }
  }
  const { nodes, weights } = gaussHermite(41);
  return weights.reduce((sum, w, q) => {
    const z = mean + Math.sqrt(variance) * nodes[q];
    return sum + w * (score * z - softplus(z));
  }, 0);
}

test.each([1, 2, 3])(
  "what a subject and an item share is the mixed second derivative of the expected log-likelihood, dimensions: %i",
  (dims) => {
    const subjects = row(dims + 1, true, 3 + dims);
    const items = row(dims + 1, false, 30 + dims);
    const subject = errorCoordinates(subjects, dims, true);
    const item = errorCoordinates(items, dims + 1, true);
    const cells = { rows: 1, columns: 1, trials: Float32Array.of(1), successes: Float32Array.of(1) };
    const shown: Float64Array[] = [];
    couple(
      responseInformation(cells, subjects, items),
      { subjects, items },
      subject,
      item,
      (_s, _i, shared) => {
        shown.push(shared.slice());
      },
    );
    const h = 1e-3;
    for (let x = 0; x < subject.width; x++)
      for (let c = 0; c < item.width; c++) {
        const at = (dx: number, dc: number) =>
          expected(moved(subjects, subject, x, dx * h), moved(items, item, c, dc * h), 1);
        const mixed = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h);
        expect(Math.abs(shown[0][x * item.width + c] + mixed)).toBeLessThan(2e-4);
      }
  },
);
