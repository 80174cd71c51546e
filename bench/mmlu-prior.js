// The weak prior of the saturated model, by leave-one-out on MMLU's training questions: each is routed by the mean
// parameters of its 20 nearest other training questions. Test questions are not looked at.
import {
  anchorPoints,
  calibrateVariational,
  estimateAbility,
  irtColumns,
  meanOfNeighbours,
  mmluDefaults,
  mmluFromPack,
  nearest,
  probabilities,
  readMmluPack,
  routingAccuracy,
} from "../dist/index.js";
import { readEmbedded } from "../dist/node.js";

const { dims, neighbours: k, anchors, seed } = mmluDefaults;
const { train, features } = mmluFromPack(readMmluPack(readEmbedded("mmlu.pack")));
const { matrix } = train;
const [n, subjects] = [matrix.items.length, matrix.subjects.length];

const near = nearest(features.train, features.train, k + 1);
const indices = new Uint32Array(n * k);
for (let i = 0; i < n; i++) {
  const others = near.indices.subarray(i * (k + 1), (i + 1) * (k + 1)).filter((j) => j !== i);
  indices.set(others.subarray(0, k), i * k);
}
const neighbours = { ...near, k, indices };

function leaveOneOut(items, ability) {
  const unseen = {
    ...items,
    discrimination: meanOfNeighbours(neighbours, items.discrimination, dims),
    intercept: meanOfNeighbours(neighbours, items.intercept, 1),
  };
  const p = probabilities(unseen, ability);
  const choices = Uint32Array.from({ length: n }, (_, i) => {
    let best = 0;
    for (let s = 1; s < subjects; s++) if (p[s * n + i] > p[best * n + i]) best = s;
    return best;
  });
  return routingAccuracy(matrix, choices).router;
}

function fromAnchors(items) {
  const { points } = anchorPoints(irtColumns(items), anchors, undefined, { starts: 5, seed });
  const ability = new Float64Array(subjects * dims);
  for (let s = 0; s < subjects; s++) {
    const scores = Float64Array.from(points, (i) => matrix.scores[s * n + i]);
    ability.set(estimateAbility(items, { items: points, scores }).ability, s * dims);
  }
  return ability;
}

const lines = [
  "| slope mean | variances (first, further slopes, intercept) | log-likelihood | θ from training | θ from anchors |",
  "|---|---|---|---|---|",
];
for (const slopeMean of [0, 1, 2, 5, 10])
  for (const [slopeVariance, extraVariance, interceptVariance] of [
    [50, 50, 50],
    [100, 50, 100],
    [100, 100, 100],
    [400, 400, 400],
  ]) {
    const priors = {
      slopeMean,
      slopeVariance,
      extraVariance,
      interceptMean: 0,
      interceptVariance,
      learned: "none",
    };
    const { items, abilities, logLikelihood } = calibrateVariational(matrix, {
      dims,
      seed,
      priors,
      covariances: false,
    });
    const rates = [abilities.ability, fromAnchors(items)].map((ability) =>
      leaveOneOut(items, ability).toFixed(4),
    );
    const variances = [slopeVariance, extraVariance, interceptVariance].join(", ");
    lines.push(`| ${slopeMean} | ${variances} | ${logLikelihood.toFixed(2)} | ${rates.join(" | ")} |`);
  }
const best = routingAccuracy(matrix, new Uint32Array(n)).bestSingle;
process.stdout.write(
  `${lines.join("\n")}\n\nbest single model on the same questions: ${best.reward.toFixed(4)}\n`,
);
