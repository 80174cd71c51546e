import { InputError } from "../input-error.ts";
import { type Abilities, type ItemParameters, type Link, relinkItems } from "../irt/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type ItemBank, parameterNames, type ScaleChange } from "./bank.ts";

/** Change of the ability scale θ ← slope · θ + shift, as `linkBanks` finds it from common items; one dimension. */
export type ScaleLink = Pick<Link, "slope" | "shift"> &
  Partial<Pick<Link, "slopeSE" | "shiftSE" | "slopeShiftCovariance">>;

/**
 * The same bank with its abilities on another scale: θ' = Aθ + B, a' = a/A, d' = d − aB/A, so that every probability
 * stays as it was (Kolen & Brennan 2014, eq. 6.2–6.3); covariances follow by the delta method, which is exact here
 * for a known link; the uncertainty of A and B, where it is given and finite, is added to first order.
 * @throws RangeError for more than one dimension or a slope that is not positive
 */
export function rescaleBank(bank: ItemBank, link: ScaleLink): ItemBank {
  const { slope, shift } = link;
  const { parameters, abilities, covariance, items } = bank;
  if (parameters.dims !== 1) throw new RangeError("a scale link is for one dimension");
  if (!(slope > 0)) throw new RangeError(`slope ${slope} is not positive`);
  const size = parameterNames(parameters).length;
  const steps = parameters.intercept.length / items.length;
  // d'_k = d_k − m_k·a·B/A, where the k-th score of partial credit counts a k times.
  const times = (k: number) => (parameters.family === "gpcm" ? k + 1 : 1);
  const jacobian = (row: number, column: number): number => {
    if (row === 0) return column === 0 ? 1 / slope : 0;
    const ofSlope = column === 0 && row <= steps ? (-shift / slope) * times(row - 1) : 0;
    return (row === column ? 1 : 0) + ofSlope;
  };
  const relinked = relinkItems(parameters, link);
  const { ofSlope, ofShift, ofBoth } = uncertaintyOf(link);
  const moved = new Float64Array(covariance.length);
  for (let i = 0; i < items.length; i++) {
    const a = parameters.discrimination[i] / slope;
    const bySlope = (row: number) =>
      row === 0 ? -a / slope : row <= steps ? (times(row - 1) * a * shift) / slope : 0;
    const byShift = (row: number) => (row === 0 || row > steps ? 0 : -times(row - 1) * a);
    for (let r = 0; r < size; r++)
      for (let c = 0; c < size; c++) {
        let sum =
          bySlope(r) * bySlope(c) * ofSlope +
          byShift(r) * byShift(c) * ofShift +
          (bySlope(r) * byShift(c) + byShift(r) * bySlope(c)) * ofBoth;
        for (let p = 0; p < size; p++) {
          const jr = jacobian(r, p);
          if (jr === 0) continue;
          for (let q = 0; q < size; q++) {
            const jc = jacobian(c, q);
            if (jc !== 0) sum += jr * jc * covariance[(i * size + p) * size + q];
          }
        }
        moved[(i * size + r) * size + c] = sum;
      }
  }
  return {
    ...bank,
    parameters: { ...parameters, discrimination: relinked.discrimination, intercept: relinked.intercept },
    covariance: moved,
    abilities: {
      dims: 1,
      ability: abilities.ability.map((theta) => slope * theta + shift),
      covariance: abilities.covariance.map((variance, s) => {
        const theta = abilities.ability[s];
        return slope * slope * variance + theta * theta * ofSlope + ofShift + 2 * theta * ofBoth;
      }),
    },
    latent: {
      mean: bank.latent.mean.map((mean) => slope * mean + shift),
      covariance: bank.latent.covariance.map((variance) => slope * slope * variance),
    },
  };
}

/** Variances and covariance of a link's slope and shift; none where they are not given or unknown. */
function uncertaintyOf({ slopeSE = 0, shiftSE = 0, slopeShiftCovariance = 0 }: ScaleLink) {
  return Number.isFinite(slopeSE) && Number.isFinite(shiftSE)
    ? { ofSlope: slopeSE ** 2, ofShift: shiftSE ** 2, ofBoth: slopeShiftCovariance }
    : { ofSlope: 0, ofShift: 0, ofBoth: 0 };
}

/**
 * Two banks as one, with the provenance of both. `added` must be on the scale of `base` already (see `rescaleBank` and `turnBank`);
 * items and subjects that both know keep what `base` says. Statistics that only one bank has are NaN for the other.
 * Responses are kept if both banks have them.
 * @param provenance what is recorded about the merge: version, hash of the bank added, link
 * @throws InputError if the models differ in family, dimensions, categories or scoring
 */
export function mergeBanks(
  base: ItemBank,
  added: ItemBank,
  provenance: { readonly tripos: string; readonly bank: string; readonly link?: ScaleChange },
): ItemBank {
  const describe = ({ parameters, scoring }: ItemBank) => {
    const { family, dims, categories = 2 } = parameters;
    return `${family}, ${dims} dimensions, ${categories} categories, scoring ${scoring}`;
  };
  if (describe(base) !== describe(added))
    throw new InputError("the two banks hold different models and cannot be merged", {
      found: describe(added),
      expected: describe(base),
      hint: "Calibrate one of them again with the model of the other.",
    });
  const items = newcomers(base.items, added.items);
  const subjects = newcomers(base.subjects, added.subjects);
  const origin = base.provenance.length;
  const labels = (name: "texts" | "scenarios" | "subscenarios") =>
    base[name] || added[name]
      ? {
          [name]: [...(base[name] ?? base.items.map(() => "")), ...items.map((i) => added[name]?.[i] ?? "")],
        }
      : {};
  const itemLabels: Pick<ItemBank, "texts" | "scenarios" | "subscenarios"> = {
    ...labels("texts"),
    ...labels("scenarios"),
    ...labels("subscenarios"),
  };
  const ids = {
    items: [...base.items, ...items.map((i) => added.items[i])],
    subjects: [...base.subjects, ...subjects.map((s) => added.subjects[s])],
  };
  const merged: ItemBank = {
    ...base,
    ...ids,
    ...itemLabels,
    parameters: joinParameters(base.parameters, added.parameters, items),
    covariance: join(base.covariance, added.covariance, items, base.covariance.length / base.items.length),
    abilities: joinAbilities(base.abilities, added.abilities, subjects),
    itemFit: joinStatistics(base.itemFit, added.itemFit, base.items.length, items),
    subjectFit: joinStatistics(base.subjectFit, added.subjectFit, base.subjects.length, subjects),
    flags: [...base.flags, ...items.map((i) => added.flags[i])],
    origins: Uint32Array.from([...base.origins, ...items.map((i) => origin + 1 + added.origins[i])]),
    // The fit of two calibrations is not a fit of their union.
    fit: {},
    candidates: [],
    warnings: [...new Set([...base.warnings, ...added.warnings])],
    provenance: [
      ...base.provenance,
      {
        action: "merge",
        tripos: provenance.tripos,
        inputs: [],
        items: items.length,
        subjects: subjects.length,
        bank: provenance.bank,
        ...(provenance.link && { link: provenance.link }),
      },
      ...added.provenance,
    ],
  };
  const { responses: _, ...rest } = merged;
  return base.responses && added.responses
    ? { ...rest, responses: { ...joinResponses(base.responses, added.responses, ids), ...itemLabels } }
    : rest;
}

/** Indices into `added` of what `base` does not have. */
function newcomers(base: readonly string[], added: readonly string[]): number[] {
  const known = new Set(base);
  return added.flatMap((name, index) => (known.has(name) ? [] : [index]));
}

function join(
  base: Float64Array,
  added: Float64Array,
  rows: readonly number[],
  stride: number,
): Float64Array {
  const out = new Float64Array(base.length + rows.length * stride);
  out.set(base);
  rows.forEach((row, r) => {
    out.set(added.subarray(row * stride, (row + 1) * stride), base.length + r * stride);
  });
  return out;
}

function joinParameters(
  base: ItemParameters,
  added: ItemParameters,
  rows: readonly number[],
): ItemParameters {
  const items = base.discrimination.length / base.dims;
  const column = (name: "discrimination" | "intercept" | "guessing" | "upper") => {
    const [a, b] = [base[name], added[name]];
    return a && b ? { [name]: join(a, b, rows, a.length / items) } : {};
  };
  return {
    ...base,
    ...column("discrimination"),
    ...column("intercept"),
    ...column("guessing"),
    ...column("upper"),
  };
}

function joinAbilities(base: Abilities, added: Abilities, rows: readonly number[]): Abilities {
  const { dims } = base;
  return {
    dims,
    ability: join(base.ability, added.ability, rows, dims),
    covariance: join(base.covariance, added.covariance, rows, dims * dims),
  };
}

function joinStatistics(
  base: Readonly<Record<string, Float64Array>>,
  added: Readonly<Record<string, Float64Array>>,
  length: number,
  rows: readonly number[],
): Record<string, Float64Array> {
  const names = new Set([...Object.keys(base), ...Object.keys(added)]);
  return Object.fromEntries(
    Array.from(names, (name) => {
      const first = base[name] ?? new Float64Array(length).fill(Number.NaN);
      return [name, Float64Array.from([...first, ...rows.map((r) => added[name]?.[r] ?? Number.NaN)])];
    }),
  );
}

/** Both matrices over the union of their subjects and items; a cell that both have is taken from the first. */
export function joinResponses(
  base: ResponseMatrix,
  added: ResponseMatrix,
  ids: { items: readonly string[]; subjects: readonly string[] },
): ResponseMatrix {
  const width = ids.items.length;
  const size = ids.subjects.length * width;
  const trials = base.trials || added.trials ? new Float64Array(size) : undefined;
  const out = { ...ids, scores: new Float64Array(size), observed: new Uint8Array(size) };
  const itemAt = new Map(ids.items.map((name, i) => [name, i]));
  const subjectAt = new Map(ids.subjects.map((name, s) => [name, s]));
  for (const matrix of [added, base]) {
    const columns = matrix.items.map((name) => itemAt.get(name)!);
    matrix.subjects.forEach((subject, s) => {
      const row = subjectAt.get(subject)! * width;
      for (let i = 0; i < columns.length; i++) {
        const from = s * columns.length + i;
        if (!matrix.observed[from]) continue;
        const to = row + columns[i];
        out.scores[to] = matrix.scores[from];
        out.observed[to] = 1;
        if (trials) trials[to] = matrix.trials?.[from] ?? 1;
      }
    });
  }
  return { ...out, ...(trials && { trials }) };
}
