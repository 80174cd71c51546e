// Nearest neighbours: every test question at once against scikit-learn, and one decision among 100,000 training
// questions (real features, mixed in pairs with noise) with the index's recall.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  lexicalFeatures,
  nearest,
  neighbourIndex,
  readMmluPack,
  readNpy,
  seededNormal,
  seededRandom,
} from "../dist/index.js";

const { values: options } = parseArgs({
  options: { python: { type: "string", default: "python3" }, embeddings: { type: "string" } },
});
if (!options.embeddings) {
  process.stderr.write("usage: node bench/neighbours.js --embeddings FILE.npy [--python PYTHON]\n");
  process.exit(2);
}
const quantile = (numbers, share) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(share * (numbers.length - 1))];
const milliseconds = (work) => {
  const start = performance.now();
  work();
  return performance.now() - start;
};
const repeated = (times, work) => Array.from({ length: times }, (_, i) => milliseconds(() => work(i)));

const { shape, data } = readNpy(readFileSync(options.embeddings), options.embeddings);
const dims = shape[1];
const source = { name: options.embeddings, hash: "bench" };
const rows = (from, to) => ({ source, dims, values: data.subarray(from * dims, to * dims) });
const [train, test] = [rows(0, 2000), rows(2000, shape[0])];
const ours = quantile(
  repeated(7, () => nearest(train, test, 20)),
  0.5,
);
const python = `
import os
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import sys, time, numpy as np
from sklearn.neighbors import NearestNeighbors
x = np.load(sys.argv[1]).astype(np.float32)
times = []
for _ in range(7):
    start = time.perf_counter()
    NearestNeighbors(n_neighbors=20, algorithm="brute").fit(x[:2000]).kneighbors(x[2000:])
    times.append(time.perf_counter() - start)
print(1000 * sorted(times)[3])`;
const theirs = Number(execFileSync(options.python, ["-c", python, options.embeddings], { encoding: "utf8" }));
process.stdout.write(
  `${shape[0] - 2000} questions, 20 neighbours of 2000, ${dims} features, one thread: ${ours.toFixed(0)} ms, scikit-learn ${theirs.toFixed(0)} ms, ratio ${(theirs / ours).toFixed(1)}\n`,
);

const pack = readMmluPack(readFileSync(new URL("../data/mmlu.pack", import.meta.url)));
const random = seededRandom(1);
const normal = seededNormal(random);
function mixed(count, from, to) {
  const { dims, values, source } = pack.features;
  const out = new Float32Array(count * dims);
  const pick = () => (from + Math.floor(random() * (to - from))) * dims;
  for (let r = 0; r < count; r++) {
    const [a, b, share] = [pick(), pick(), random()];
    const row = out.subarray(r * dims, (r + 1) * dims);
    for (let d = 0; d < dims; d++)
      row[d] = share * values[a + d] + (1 - share) * values[b + d] + 0.05 * normal();
    const length = Math.hypot(...row);
    for (let d = 0; d < dims; d++) row[d] /= length;
  }
  return { source, dims, values: out };
}
const many = mixed(100_000, 0, 2000);
const queries = mixed(500, 2000, 6213);
const query = (q) => queries.values.subarray(q * queries.dims, (q + 1) * queries.dims);
const exact = nearest(many, queries, 20).indices;
const index = neighbourIndex(many);
let found = 0;
const times = repeated(500, (q) => {
  const truth = new Set(exact.subarray(20 * q, 20 * q + 20));
  for (const row of index.nearest(query(q), 20).indices) if (truth.has(row)) found++;
});
process.stdout.write(
  `one question among 100,000, ${many.dims} features: p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms, recall ${(found / 10_000).toFixed(4)}\n`,
);

const embed = lexicalFeatures(pack.lexical);
const words =
  "Which of the following statements about the law of supply is true? A. Prices fall B. Both rise ".repeat(5);
const texts = Array.from({ length: 500 }, (_, i) => `${i} ${words.slice(i % 50)}`);
const perText = repeated(40, () => embed(texts)).map((time) => (1000 * time) / texts.length);
process.stdout.write(
  `lexical features of a text of ${texts[0].length} characters: ${quantile(perText, 0.5).toFixed(1)} µs\n`,
);
