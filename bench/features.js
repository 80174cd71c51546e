// Which text features tell most about who is right: five-fold cross-validation of k nearest neighbours on the training
// questions alone, whatever is learnt from texts learnt within the fold.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  fitLexical,
  lexicalFeatures,
  nearest,
  permutation,
  readNpy,
  seededRandom,
  styleFeatures,
  styleNames,
} from "../dist/index.js";

const { values: options } = parseArgs({
  options: { train: { type: "string" }, embeddings: { type: "string" } },
});
if (!options.train) {
  process.stderr.write("usage: node bench/features.js --train mmlu_train.json [--embeddings FILE.npy]\n");
  process.exit(2);
}
const entries = JSON.parse(readFileSync(options.train, "utf8"));
const texts = entries.map(({ question }) => question);
const models = Object.keys(entries[0].scores);
const right = entries.map(({ scores }) => models.map((model) => (scores[model] > 0 ? 1 : 0)));
const order = permutation(texts.length, seededRandom(1));
const folds = 5;

/** Each source: (training texts' indices, other indices) → features of both. */
const lexical = (settings) => (known, others) => {
  const embed = lexicalFeatures(fitLexical(pick(texts, known), settings));
  return [embed(pick(texts, known)), embed(pick(texts, others))];
};
const fixed = (dims, values) => (known, others) =>
  [known, others].map((rows) => ({
    source: { name: "fixed", hash: "fixed" },
    dims,
    values: Float32Array.from(
      rows.flatMap((row) => Array.from(values.subarray(row * dims, (row + 1) * dims))),
    ),
  }));
const pick = (all, rows) => rows.map((row) => all[row]);

const sources = {};
for (const bits of [13, 14, 15])
  for (const dims of [16, 32, 64]) sources[`lexical, ${dims} of 2^${bits}`] = lexical({ dims, bits });
sources["style, standardised"] = fixed(
  styleNames.length,
  standardised(texts.map((text) => styleFeatures(text))),
);
if (options.embeddings) {
  const { shape, data } = readNpy(readFileSync(options.embeddings), options.embeddings);
  sources[options.embeddings.split("/").at(-1)] = fixed(shape[1], data);
}
const random = seededRandom(2);
sources["random numbers"] = fixed(8, Float32Array.from({ length: 8 * texts.length }, random));

const overall = models.map((_, m) => mean(right.map((row) => row[m])));
process.stdout.write(
  `${texts.length} questions; each model's own rate: Brier ${brier(right.map(() => overall)).toFixed(4)}; best single model ${Math.max(...overall).toFixed(4)}\n`,
);
for (const [name, source] of Object.entries(sources)) {
  const byK = { 20: [], 50: [] };
  for (let fold = 0; fold < folds; fold++) {
    const known = [...order].filter((_, i) => i % folds !== fold);
    const others = [...order].filter((_, i) => i % folds === fold);
    const [train, test] = source(known, others);
    const { indices } = nearest(train, test, 50);
    for (const k of [20, 50])
      for (const [q, row] of others.entries())
        byK[k][row] = models.map((_, m) =>
          mean([...indices.subarray(50 * q, 50 * q + k)].map((j) => right[known[j]][m])),
        );
  }
  const figures = [20, 50].map((k) => {
    const reward = mean(byK[k].map((p, row) => right[row][p.indexOf(Math.max(...p))]));
    return `k = ${k}: Brier ${brier(byK[k]).toFixed(4)}, reward ${reward.toFixed(4)}`;
  });
  process.stdout.write(`${name.padEnd(24)} ${figures.join("   ")}\n`);
}

function brier(predicted) {
  return mean(predicted.map((p, row) => mean(p.map((value, m) => (value - right[row][m]) ** 2))));
}

function mean(numbers) {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

function standardised(rows) {
  const dims = rows[0].length;
  const out = new Float32Array(rows.length * dims);
  for (let d = 0; d < dims; d++) {
    const column = rows.map((row) => row[d]);
    const centre = mean(column);
    const deviation = Math.sqrt(mean(column.map((x) => (x - centre) ** 2)));
    for (const [r, x] of column.entries())
      out[r * dims + d] = deviation > 1e-6 ? (x - centre) / deviation : 0;
  }
  return out;
}
