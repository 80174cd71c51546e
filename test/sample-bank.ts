import type { ItemBank } from "../src/bank/index.ts";
import { logistic, seededNormal, seededRandom } from "../src/numerics/index.ts";

/** A bank of simulated items and subjects (2PL in one dimension) with all that a report can show. */
export function sampleBank(subjects = 40, items = 90, seed = 7): ItemBank {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const makers = ["orion/alpha", "cygnus/beta-instruct", "lyra/gamma-base"];
  const people = Array.from({ length: subjects }, (_, s) => `${makers[s % 3]}-${s + 1}b`);
  const names = Array.from({ length: items }, (_, i) => `task-${String(i + 1).padStart(3, "0")}`);
  const discrimination = Float64Array.from(names, (_, i) =>
    i === 4 ? -0.7 : Math.exp(0.3 + 0.35 * normal()),
  );
  const intercept = Float64Array.from(names, (_, i) => -discrimination[i] * (0.3 + 1.1 * normal()));
  const ability = Float64Array.from(people, normal);
  const observed = new Uint8Array(subjects * items).fill(1);
  const scores = Float64Array.from(observed, (_, at) => {
    const [s, i] = [Math.floor(at / items), at % items];
    return random() < logistic(discrimination[i] * ability[s] + intercept[i]) ? 1 : 0;
  });
  return {
    items: names,
    subjects: people,
    texts: names.map((name, i) => `What does ${name} ask, when <b>${i}</b> & "more" are given?`),
    scenarios: names.map((_, i) => ["arithmetic", "law", "reading"][i % 3]),
    parameters: { family: "2pl", dims: 1, discrimination, intercept },
    covariance: Float64Array.from(names.flatMap(() => [0.04, 0.01, 0.01, 0.06])),
    abilities: { dims: 1, ability, covariance: ability.map((theta) => 0.03 + 0.02 * theta * theta) },
    latent: { mean: Float64Array.of(0), covariance: Float64Array.of(1) },
    warnings: [],
    itemFit: {
      infit: Float64Array.from(names, () => 1 + 0.12 * normal()),
      outfit: Float64Array.from(names, () => 1 + 0.25 * normal()),
    },
    subjectFit: { lz: Float64Array.from(people, normal) },
    flags: names.map((_, i) =>
      i === 4 ? ["negative discrimination"] : i % 17 === 0 ? ["little information", "misfit"] : [],
    ),
    origins: new Uint32Array(items),
    method: "mml",
    scoring: "hard",
    seed,
    priors: { ability: "N(0, 1)" },
    candidates: [
      { family: "2pl", dims: 1, heldOut: -0.3231, standardError: 0.0041, chosen: true },
      { family: "2pl", dims: 2, heldOut: -0.3219, standardError: 0.0042, chosen: false },
    ],
    fit: { logLikelihood: -1832.4, aic: 4024.8, bic: 4900.1, rmsea: 0.021, reliability: 0.94 },
    provenance: [
      {
        action: "calibrate",
        tripos: "0.1.0",
        inputs: [{ name: "responses.csv", format: "csv", bytes: 8123, sha256: "5f".repeat(32) }],
        items,
        subjects,
      },
    ],
    responses: { subjects: people, items: names, scores, observed },
  };
}
