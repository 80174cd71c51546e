import { type ErrorCoordinates, towards } from "./error-coordinates.ts";
import type { ResponseInformation } from "./response-information.ts";
import type { Posteriors } from "./start.ts";

/** Information of each row about itself in its error coordinates, rows × width × width, lower triangles. */
export interface OwnInformation {
  readonly ofSubjects: Float64Array;
  readonly ofItems: Float64Array;
}

/**
 * Second derivatives of the evidence lower bound in the error coordinates of both sides, signs changed. A response's part of the
 * bound, f(m, v) = E[log P] for a logit of mean m = a·θ + d and variance v = xᵀΣx + aᵀPa + tr PΣ (x = (θ, 1), P the ability's
 * covariance, Σ the item's), has f_m = residual, f_v = −½ E[σ′], f_mm = −E[σ′], f_mv = −½ E[σ″] and f_vv = −¼ E[σ‴]. With
 * g = Lᵀa, h = Mᵀx and A = LᵀM, P = LLᵀ and Σ = MMᵀ, m and v vary by
 *
 *     dm = g·u + h·b + uᵀAb,   dv = 2uᵀAh + 2bᵀAᵀg + tr E(ggᵀ + AAᵀ) + tr F(hhᵀ + AᵀA) + terms of second order,
 *
 * (u, E) the errors of the ability and (b, F) those of the item. What is of second order in one row's errors alone adds up, with
 * the priors and the entropies, to the identity, since the posteriors are stationary. `visit` is shown what subject s and item i
 * share, the subject's width × the item's, wherever there is a response; it is valid until the next.
 */
export function couple(
  responses: ResponseInformation,
  { subjects, items }: Posteriors,
  subject: ErrorCoordinates,
  item: ErrorCoordinates,
  visit: (s: number, i: number, shared: Float64Array) => void,
): OwnInformation {
  const [dims, size] = [subject.free, item.free];
  const dm = { subject: new Float64Array(subject.width), item: new Float64Array(item.width) };
  const dv = { subject: new Float64Array(subject.width), item: new Float64Array(item.width) };
  const [g, h] = [dm.subject, dm.item];
  const a = new Float64Array(dims * size);

  const vary = (s: number, i: number): void => {
    towards(subject, s, items.mean, i * size, g);
    towards(item, i, subjects.mean, s * size, h);
    const [l, m] = [s * dims * dims, i * size * size];
    for (let k = 0; k < dims; k++)
      for (let c = 0; c < size; c++) {
        let sum = 0;
        for (let j = Math.max(k, c); j < dims; j++)
          sum += subject.roots[l + j * dims + k] * item.roots[m + j * size + c];
        a[k * size + c] = sum;
      }
    dv.subject.fill(0);
    dv.item.fill(0);
    for (let k = 0; k < dims; k++)
      for (let c = 0; c < size; c++) {
        dv.subject[k] += 2 * a[k * size + c] * h[c];
        dv.item[c] += 2 * a[k * size + c] * g[k];
      }
    for (let n = 0; n < subject.pairs.length; n++) {
      const { k, l, factor } = subject.pairs[n];
      let sum = g[k] * g[l];
      for (let c = 0; c < size; c++) sum += a[k * size + c] * a[l * size + c];
      dv.subject[dims + n] = 2 * factor * sum;
    }
    for (let n = 0; n < item.pairs.length; n++) {
      const { k: c, l: d, factor } = item.pairs[n];
      let sum = h[c] * h[d];
      for (let k = 0; k < dims; k++) sum += a[k * size + c] * a[k * size + d];
      dv.item[size + n] = 2 * factor * sum;
    }
  };

  const width = item.width;
  const block = new Float64Array(subject.width * width);
  const share = (w: number, residual: number, mixed: number, spread: number): void => {
    for (let k = 0; k < subject.width; k++) {
      const ofMean = w * dm.subject[k] + mixed * dv.subject[k];
      const ofSpread = mixed * dm.subject[k] + spread * dv.subject[k];
      for (let c = 0; c < width; c++) block[k * width + c] = ofMean * dm.item[c] + ofSpread * dv.item[c];
    }
    for (let k = 0; k < dims; k++) {
      for (let c = 0; c < size; c++) block[k * width + c] -= residual * a[k * size + c];
      for (let n = 0; n < item.pairs.length; n++) {
        const { k: c, l: d, factor } = item.pairs[n];
        block[k * width + size + n] += w * factor * (a[k * size + c] * h[d] + a[k * size + d] * h[c]);
      }
    }
    for (let n = 0; n < subject.pairs.length; n++) {
      const { k, l, factor } = subject.pairs[n];
      const to = (dims + n) * width;
      for (let c = 0; c < size; c++)
        block[to + c] += w * factor * (a[k * size + c] * g[l] + a[l * size + c] * g[k]);
      for (let m = 0; m < item.pairs.length; m++) {
        const { k: c, l: d, factor: other } = item.pairs[m];
        block[to + size + m] +=
          w * factor * other * (a[k * size + c] * a[l * size + d] + a[k * size + d] * a[l * size + c]);
      }
    }
  };

  const ofSubjects = identities(subject);
  const ofItems = identities(item);
  for (let s = 0; s < subject.rows; s++)
    for (let i = 0; i < item.rows; i++) {
      const at = s * item.rows + i;
      const w = responses.first[at];
      if (w === 0) continue;
      const mixed = responses.second[at] / 2;
      const spread = responses.third[at] / 4;
      vary(s, i);
      addCurvature(ofSubjects, s, dm.subject, dv.subject, mixed, spread);
      addCurvature(ofItems, i, dm.item, dv.item, mixed, spread);
      share(w, responses.residual[at], mixed, spread);
      visit(s, i, block);
    }
  return { ofSubjects, ofItems };
}

function identities({ rows, width }: ErrorCoordinates): Float64Array {
  const out = new Float64Array(rows * width * width);
  for (let r = 0; r < rows; r++) for (let k = 0; k < width; k++) out[(r * width + k) * width + k] = 1;
  return out;
}

/** Adds ½ E[σ″] (dm dvᵀ + dv dmᵀ) + ¼ E[σ‴] dv dvᵀ to the lower triangle of the block of row r. */
function addCurvature(
  to: Float64Array,
  r: number,
  dm: Float64Array,
  dv: Float64Array,
  mixed: number,
  spread: number,
): void {
  const n = dm.length;
  for (let k = 0; k < n; k++) {
    const ofMean = mixed * dm[k] + spread * dv[k];
    const ofSpread = mixed * dv[k];
    for (let l = 0, at = (r * n + k) * n; l <= k; l++, at++) to[at] += ofMean * dv[l] + ofSpread * dm[l];
  }
}
