import type { ItemBank } from "../bank/index.ts";
import type { VariationalCalibration } from "../irt/index.ts";
import type { TrainingData } from "./training-data.ts";

/**
 * The item bank behind a router's IRT core: parameters of the training questions, the models' abilities, and the answers
 * that they come from. An item's id is its dataset's name and its own.
 * @param tripos version of Tripos, for the bank's provenance
 */
export function trainingBank(
  data: TrainingData,
  calibration: VariationalCalibration,
  { seed, tripos }: { readonly seed: number; readonly tripos: string },
): ItemBank {
  const { models, texts, rewards, observed, datasets, dataset } = data;
  const n = texts.length;
  const { dims } = calibration.items;
  const items = distinct(data.items.map((id, i) => `${datasets[dataset[i]]}/${id}`));
  const scenarios = Array.from(dataset, (d) => datasets[d]);
  const turned = <T extends Float64Array | Uint8Array>(into: T, from: ArrayLike<number>): T =>
    into.fill(0).map((_, o) => from[(o % n) * models.length + Math.floor(o / n)]) as T;
  return {
    items,
    subjects: models,
    parameters: calibration.items,
    covariance: calibration.itemCovariance,
    abilities: calibration.abilities,
    latent: {
      mean: new Float64Array(dims),
      covariance: Float64Array.from({ length: dims * dims }, (_, o) => (o % (dims + 1) === 0 ? 1 : 0)),
    },
    texts,
    scenarios,
    itemFit: {},
    subjectFit: {},
    flags: items.map(() => []),
    origins: new Uint32Array(n),
    method: "variational",
    scoring: "score",
    seed,
    priors: { ability: "N(0, I)", ...calibration.priors },
    candidates: [],
    fit: { logLikelihood: calibration.logLikelihood },
    warnings: calibration.converged ? [] : [`not converged after ${calibration.iterations} iterations`],
    provenance: [{ action: "calibrate", tripos, inputs: [], items: n, subjects: models.length }],
    responses: {
      subjects: models,
      items,
      texts,
      scenarios,
      scores: turned(new Float64Array(n * models.length), rewards),
      observed: turned(new Uint8Array(n * models.length), observed),
    },
  };
}

/** Ids made distinct by a number behind those that came before. */
function distinct(ids: readonly string[]): string[] {
  const times = new Map<string, number>();
  return ids.map((id) => {
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    return before === 0 ? id : `${id}#${before + 1}`;
  });
}
