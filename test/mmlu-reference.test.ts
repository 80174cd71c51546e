import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { readNpy, toFloat64 } from "../src/formats/index.ts";
import { readPyIrtParameters } from "../src/irt/index.ts";
import { mmluDefaults, mmluFromFiles, reproduceMmlu, withFeatures } from "../src/pipelines/index.ts";
import { shared, testOnRealData } from "./shared.ts";

const text = (path: string) => readFileSync(shared(path), "utf8");
const npy = (path: string) => readNpy(readFileSync(shared(path)), path);

function referenceData() {
  const file = (name: string) => ({ name, text: text(`data/routerdc/${name}`) });
  const embeddings = npy("reference/mmlu/minilm_embeddings.npy");
  const values = Float32Array.from(toFloat64(embeddings));
  const source = { name: "minilm", hash: "reference" };
  const responses = mmluFromFiles(file("mmlu_train.json"), file("mmlu_test.json"));
  return withFeatures(responses, { source, dims: embeddings.shape[1], values });
}

testOnRealData(
  "with py-irt's parameters and the reference embeddings, routing is as accurate as the Python pipeline",
  () => {
    const data = referenceData();
    const parameters = readPyIrtParameters(
      text("reference/mmlu/best_parameters.json"),
      "best_parameters.json",
    );
    const run = (ability: "training" | "mle" | "map") =>
      reproduceMmlu(data, () => parameters, { ...mmluDefaults, ability });
    const training = run("training");
    expect(training.accuracy.router).toBeCloseTo(0.6358889152622834, 12);
    expect(training.accuracy.bestSingle).toEqual({
      model: "meta-llama/Meta-Llama-3-8B",
      reward: expect.closeTo(0.6458580583906954, 12),
    });
    expect(training.accuracy.oracle).toBeCloseTo(0.8525990980299074, 12);
    // Both see the same answers to the same anchors; where BFGS stops is not where SciPy's stops (see the reference).
    expect(run("mle").accuracy.router).toBeGreaterThan(0.615);
    expect(run("map").accuracy.router).toBeGreaterThan(0.6231);
  },
);
