import { readFileSync } from "node:fs";
import { beforeAll, describe, expect } from "vitest";
import { shared, testOnRealData as test } from "../../test/shared.ts";
import type { ItemParameters } from "../irt/index.ts";
import { mleAbility } from "./ability.ts";
import { anchorPoints, irtColumns } from "./anchors.ts";
import { probabilities, tinyBenchmarksClip } from "./pirt.ts";

/** Agreement with the Python pipeline (py-irt, SciPy, scikit-learn) on MMLU: 7 models, 2000 training and 4213 test items. */
describe("the Python pipeline on MMLU", () => {
  const trained = 2000;
  let data: ReturnType<typeof load>;
  beforeAll(() => {
    data = load();
  });

  test("p-IRT of every model on every item, and its routing accuracy", () => {
    const { all, right, reference, thetaFromAnchors, thetaFromTraining } = data;
    const p = probabilities(all, thetaFromAnchors, { clip: tinyBenchmarksClip });
    let largest = 0;
    p.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value - reference[i]));
    });
    expect(largest).toBeLessThan(1e-5);
    expect(accuracyOfArgmax(p, right)).toBeCloseTo(0.6230714455257537, 12);
    const fromTraining = probabilities(all, thetaFromTraining, { clip: tinyBenchmarksClip });
    expect(accuracyOfArgmax(fromTraining, right)).toBeCloseTo(0.6358889152622834, 12);
  });

  test("maximum likelihood reaches at least what SciPy's BFGS reaches", () => {
    const { all, right, anchors, negLogLikelihoods } = data;
    negLogLikelihoods.forEach((scipy, s) => {
      const answers = anchors.anchor_points.map((i) => right[s][i]);
      const found = mleAbility(all, anchors.anchor_points, answers);
      expect(found.negLogLikelihood).toBeLessThanOrEqual(scipy);
    });
  });

  test("anchors cluster the items at least as closely as scikit-learn's", () => {
    const { all, anchors } = data;
    const training: ItemParameters = {
      ...all,
      discrimination: all.discrimination.slice(0, trained * 50),
      intercept: all.intercept.slice(0, trained),
    };
    const found = anchorPoints(irtColumns(training), 100, undefined, { seed: 42 });
    expect(found.clustering.inertia).toBeLessThan(1.01 * anchors.inertia);
    expect(found.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(found.points.every((i) => i < trained)).toBe(true);
  });

  function load() {
    const folder = "reference/mmlu";
    const json = (path: string) => JSON.parse(readFileSync(shared(path), "utf8"));
    const parameters = json(`${folder}/best_parameters.json`) as Record<
      "ability" | "diff" | "disc",
      number[][]
    >;
    const neighbours = npy(`${folder}/knn_indices_k20.npy`, (buffer) => new Uint16Array(buffer));
    const dims = 50;
    const tested = neighbours.length / 20;
    const discrimination = new Float64Array((trained + tested) * dims);
    const intercept = new Float64Array(trained + tested);
    parameters.disc.forEach((row, i) => {
      discrimination.set(row, i * dims);
      intercept[i] = -dims * parameters.diff[i][0];
    });
    for (let t = 0; t < tested; t++)
      for (let k = 0; k < 20; k++) {
        const i = neighbours[t * 20 + k];
        for (let j = 0; j < dims; j++)
          discrimination[(trained + t) * dims + j] += discrimination[i * dims + j] / 20;
        intercept[trained + t] += intercept[i] / 20;
      }
    const all: ItemParameters = { family: "2pl", dims, discrimination, intercept };
    const summary = json(`${folder}/summary.json`);
    const entries = ["train", "test"].flatMap((part) => json(`data/routerdc/mmlu_${part}.json`)) as {
      scores: Record<string, number>;
    }[];
    const right = (summary.models as string[]).map((model) =>
      entries.map(({ scores }) => (scores[model] > 0 ? 1 : 0)),
    );
    return {
      all,
      right,
      reference: npy(`${folder}/p_irt_from_anchors.npy`, (buffer) => new Float32Array(buffer)),
      thetaFromAnchors: npy(`${folder}/theta_from_anchors.npy`, (buffer) => new Float64Array(buffer)),
      thetaFromTraining: Float64Array.from(parameters.ability.flat()),
      negLogLikelihoods: summary.neg_log_likelihood_at_theta as number[],
      anchors: json(`${folder}/anchors.json`) as { inertia: number; anchor_points: number[] },
    };
  }

  function accuracyOfArgmax(p: Float64Array, right: number[][]): number {
    const n = right[0].length;
    let hits = 0;
    for (let i = trained; i < n; i++) {
      let best = 0;
      for (let s = 1; s < right.length; s++) if (p[s * n + i] > p[best * n + i]) best = s;
      hits += right[best][i];
    }
    return hits / (n - trained);
  }
});

/** The array in an .npy file of version 1, whatever its shape. */
function npy<A>(path: string, view: (buffer: ArrayBuffer) => A): A {
  const bytes = readFileSync(shared(path));
  const start = 10 + bytes.readUInt16LE(8);
  return view(Uint8Array.from(bytes.subarray(start)).buffer);
}
