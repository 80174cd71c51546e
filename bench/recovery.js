/**
 * Recovery of known parameters: bias, root mean squared error and coverage of 95 % intervals, model by model, the coverage with
 * its Monte Carlo error over the replications (errors of one replication go together: its axes turn as one).
 * node bench/recovery.js [--replications 50] [--subjects 1000] [--items 30] [--models 2pl,3pl] [--engine variational]
 */
import { parseArgs } from "node:util";
import {
  calibrateMml,
  calibrateVariational,
  seededNormal,
  seededRandom,
  simulate,
  simulateItems,
} from "../dist/index.js";

const { values } = parseArgs({
  options: {
    replications: { type: "string", default: "50" },
    subjects: { type: "string", default: "1000" },
    items: { type: "string", default: "30" },
    engine: { type: "string", default: "mml" },
    models: {
      type: "string",
      default: "rasch,1pl,2pl,2pl-missing,2pl-trials,2pl-small,3pl,4pl,graded,gpcm,2pl-2d,2pl-2d-close",
    },
  },
});
const replications = Number(values.replications);

/** Slopes on two dimensions that are their own principal axes: a general one and a contrast with this spread. */
function twoDimensions(items, seed, spread) {
  const normal = seededNormal(seededRandom(seed));
  const general = Float64Array.from({ length: items }, () => Math.exp(0.3 * normal()));
  const contrast = Float64Array.from({ length: items }, () => spread * normal());
  let along = 0;
  let square = 0;
  for (let i = 0; i < items; i++) {
    along += contrast[i] * general[i];
    square += general[i] ** 2;
  }
  const discrimination = Float64Array.from({ length: 2 * items }, (_, e) =>
    e % 2 === 0 ? general[e >> 1] : contrast[e >> 1] - (along / square) * general[e >> 1],
  );
  // The rule of the estimates holds for the truth, too: the longer axis comes first.
  const squares = discrimination.reduce((total, v, e) => total + (e % 2 === 0 ? v * v : -v * v), 0);
  if (squares < 0)
    for (let e = 0; e < discrimination.length; e += 2)
      [discrimination[e], discrimination[e + 1]] = [discrimination[e + 1], discrimination[e]];
  const sum = discrimination.reduce((total, v, e) => total + (e % 2 === 1 ? v : 0), 0);
  for (let e = 1; e < discrimination.length; e += 2) discrimination[e] *= Math.sign(sum) || 1;
  return { family: "2pl", dims: 2, discrimination, intercept: Float64Array.from({ length: items }, normal) };
}

/** The sign of a contrast is a convention that noise decides when its slopes sum to about 0: take the truth's. */
function alignSigns(estimate, truth, ability, dims) {
  for (let j = 0; j < dims; j++) {
    let along = 0;
    for (let e = j; e < estimate.length; e += dims) along += estimate[e] * truth[e];
    if (along >= 0) continue;
    for (let e = j; e < estimate.length; e += dims) estimate[e] *= -1;
    for (let e = j; e < ability.length; e += dims) ability[e] *= -1;
  }
}

function scenario(name, seed) {
  const items = Number(values.items);
  const subjects = Number(values.subjects);
  if (name === "2pl-missing")
    return { truth: simulateItems("2pl", { items, seed }), data: { subjects, missing: 0.3 } };
  if (name === "2pl-trials")
    return { truth: simulateItems("2pl", { items, seed }), data: { subjects: subjects >> 1, trials: 5 } };
  if (name === "2pl-small") return { truth: simulateItems("2pl", { items, seed }), data: { subjects: 100 } };
  if (name === "2pl-2d") return { truth: twoDimensions(items, seed, 0.5), data: { subjects } };
  // Axes so alike in length that the data hardly tell how they are turned.
  if (name === "2pl-2d-close") return { truth: twoDimensions(items, seed, 0.8), data: { subjects } };
  if (name === "3pl" || name === "4pl")
    return { truth: simulateItems(name, { items, seed }), data: { subjects: 2 * subjects } };
  return { truth: simulateItems(name, { items, seed }), data: { subjects } };
}

function calibrate(matrix, { family, dims }) {
  if (values.engine === "mml") return calibrateMml(matrix, { family, dims });
  const found = calibrateVariational(matrix, { dims });
  const size = dims + 1;
  const root = (i, k) => Math.sqrt(found.itemCovariance[(i * size + k) * size + k]);
  return {
    ...found,
    standardErrors: {
      discrimination: found.items.discrimination.map((_, e) => root(Math.floor(e / dims), e % dims)),
      intercept: found.items.intercept.map((_, i) => root(i, dims)),
    },
  };
}

class Tally {
  n = 0;
  error = 0;
  square = 0;
  inside = 0;
  shares = [];
  close() {
    const before = this.shares.reduce(
      (sum, { n, inside }) => ({ n: sum.n + n, inside: sum.inside + inside }),
      {
        n: 0,
        inside: 0,
      },
    );
    this.shares.push({ n: this.n - before.n, inside: this.inside - before.inside });
  }
  monteCarloError() {
    const mean = this.inside / this.n;
    const squares = this.shares.reduce((sum, { n, inside }) => sum + (inside - mean * n) ** 2, 0);
    return Math.sqrt((squares * this.shares.length) / (this.shares.length - 1)) / this.n;
  }
  add(estimate, truth, standardError) {
    this.n++;
    this.error += estimate - truth;
    this.square += (estimate - truth) ** 2;
    this.inside += Math.abs(estimate - truth) < 1.959964 * standardError ? 1 : 0;
  }
  row() {
    const f = (v) => v.toFixed(3).padStart(7);
    return `${f(this.error / this.n)} ${f(Math.sqrt(this.square / this.n))} ${f((100 * this.inside) / this.n)} ± ${(100 * this.monteCarloError()).toFixed(1)} % of ${this.n}`;
  }
}

process.stdout.write("model         parameter        bias    RMSE coverage\n");
for (const name of values.models.split(",")) {
  const tallies = new Map();
  const tally = (key) => tallies.get(key) ?? tallies.set(key, new Tally()).get(key);
  const began = performance.now();
  let failed = 0;
  for (let r = 0; r < replications; r++) {
    const { truth, data } = scenario(name, 1000 + r);
    const { matrix, ability } = simulate(truth, { ...data, seed: 50_000 + 7 * r });
    const fit = calibrate(matrix, truth);
    if (!fit.converged) failed++;
    const { items, standardErrors, abilities } = fit;
    if (truth.dims > 1) alignSigns(items.discrimination, truth.discrimination, abilities.ability, truth.dims);
    if (name !== "rasch")
      items.discrimination.forEach((a, e) => {
        if (name === "1pl" && e > 0) return;
        tally(`slope${truth.dims > 1 ? ` ${(e % truth.dims) + 1}` : ""}`).add(
          a,
          truth.discrimination[e],
          standardErrors.discrimination[e],
        );
      });
    else tally("variance").add(fit.latent.covariance[0], 1, fit.latentVarianceSE);
    items.intercept.forEach((d, e) => {
      tally("intercept").add(d, truth.intercept[e], standardErrors.intercept[e]);
    });
    for (const part of ["guessing", "upper"])
      items[part]?.forEach((c, i) => {
        tally(part).add(c, truth[part][i], standardErrors[part][i]);
      });
    const { dims } = truth;
    for (let s = 0; s < matrix.subjects.length; s++)
      for (let j = 0; j < dims; j++)
        tally(`ability${dims > 1 ? ` ${j + 1}` : ""}`).add(
          abilities.ability[s * dims + j],
          ability[s * dims + j],
          Math.sqrt(abilities.covariance[(s * dims + j) * dims + j]),
        );
    for (const value of tallies.values()) value.close();
  }
  for (const [key, value] of tallies)
    process.stdout.write(`${name.padEnd(13)} ${key.padEnd(13)} ${value.row()}\n`);
  process.stdout.write(
    `${" ".repeat(14)}${((performance.now() - began) / replications / 1000).toFixed(2)} s each, ${failed} not converged\n`,
  );
}
