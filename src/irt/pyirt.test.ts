import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { readNpy, toFloat64 } from "../formats/index.ts";
import {
  itemParametersOfPyIrt,
  pyIrtOfItemParameters,
  readPyIrtParameters,
  writePyIrtParameters,
} from "./index.ts";

const good = {
  ability: [
    [1, 2],
    [3, 4],
  ],
  diff: [[0.5], [-1], [0]],
  disc: [
    [1, 0.5],
    [2, -1],
    [0, 0],
  ],
  irt_model: "multidim_2pl",
  item_ids: { 0: "a", 1: "b", 2: "c" },
  subject_ids: { 0: "x", 1: "y" },
};
const read = (content: unknown) => readPyIrtParameters(JSON.stringify(content), "best_parameters.json");

test("tinyBenchmarks' link: the difficulty counts once in every dimension", () => {
  expect(Array.from(itemParametersOfPyIrt(read(good)).intercept)).toEqual([-1, 2, 0]);
});

test("py-irt's own link, in one dimension and in several", () => {
  const release = read({ ability: [1, 2], diff: [0.5, 1], disc: [2, 3], irt_model: "2pl" });
  expect(Array.from(itemParametersOfPyIrt(release).intercept)).toEqual([-1, -3]);
  const wide = read({
    ...good,
    diff: [
      [1, 2],
      [0, 1],
      [5, 5],
    ],
  });
  expect(Array.from(itemParametersOfPyIrt(wide).intercept)).toEqual([-2, 1, 0]);
  const rasch = read({ ability: [0], diff: [0.5], irt_model: "1pl" });
  expect(Array.from(itemParametersOfPyIrt(rasch).intercept)).toEqual([-0.5]);
});

test("what is written is read again, and converting there and back changes nothing", () => {
  for (const content of [good, { ability: [1], diff: [0.5], disc: [2], irt_model: "2pl" }]) {
    const parameters = read(content);
    expect(readPyIrtParameters(writePyIrtParameters(parameters), "x")).toEqual(parameters);
  }
  const parameters = read(good);
  expect(pyIrtOfItemParameters(itemParametersOfPyIrt(parameters), parameters, parameters.ability)).toEqual(
    parameters,
  );
});

test("one dimension is py-irt's 2pl, in plain lists, unless an item has no difficulty", () => {
  const items = (discrimination: number[]) => ({
    family: "2pl" as const,
    dims: 1,
    discrimination: Float64Array.from(discrimination),
    intercept: Float64Array.of(1, -3),
  });
  const names = { items: ["p", "q"], subjects: ["x"] };
  const written = (discrimination: number[]) =>
    JSON.parse(
      writePyIrtParameters(pyIrtOfItemParameters(items(discrimination), names, Float64Array.of(0.2))),
    );
  expect(written([2, 1.5])).toMatchObject({
    irt_model: "2pl",
    ability: [0.2],
    diff: [-0.5, 2],
    disc: [2, 1.5],
  });
  const flat = written([0, 1.5]);
  expect(flat).toMatchObject({ irt_model: "multidim_2pl", ability: [[0.2]], disc: [[0], [1.5]] });
  expect(Array.from(itemParametersOfPyIrt(read(flat)).intercept)).toEqual([1, -3]);
});

test.each([
  ["disc of other items", { ...good, disc: good.disc.slice(1) }, /"disc".*found 2 × 2, expected 3 × 2/],
  ["disc of other dimensions", { ...good, disc: [[1], [2], [3]] }, /"disc".*found 3 × 1, expected 3 × 2/],
  [
    "diff",
    {
      ...good,
      diff: [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ],
    },
    /"diff".*found 3 × 3/,
  ],
  ["ragged", { ...good, ability: [[1, 2], [3]] }, /"ability\[1\]"/],
  ["not a number", { ...good, diff: [[1], ["x"], [2]] }, /"diff\[1\]\[0\]".*found "x"/],
  ["names", { ...good, item_ids: { 0: "a" } }, /"item_ids".*found 1 names, expected 3/],
  ["names of other numbers", { ...good, item_ids: { 0: "a", 1: "b", 7: "c" } }, /no name for 2/],
  ["asymptotes", { ...good, lambdas: [0.2] }, /guessing/],
  ["another file", [1], /"ability"/],
])("shapes that disagree: %s", (_, content, message) => {
  expect(() => read(content)).toThrow(message);
});

testOnRealData("the reference parameters give the reference predictions", () => {
  const path = (name: string) => shared(`reference/mmlu/${name}`);
  const parameters = readPyIrtParameters(
    readFileSync(path("best_parameters.json"), "utf8"),
    "best_parameters.json",
  );
  const { discrimination, intercept, dims } = itemParametersOfPyIrt(parameters);
  const array = (name: string) => readNpy(readFileSync(path(name)), name);
  const theta = toFloat64(array("theta_from_anchors.npy"));
  const expected = array("p_irt_from_anchors.npy");
  let worst = 0;
  for (let s = 0; s < 7; s++)
    for (let i = 0; i < 2000; i++) {
      // tinyBenchmarks clips the term of each dimension to ±30.
      let logit = 0;
      for (let d = 0; d < dims; d++) {
        const term = discrimination[i * dims + d] * theta[s * dims + d] + intercept[i] / dims;
        logit += Math.max(-30, Math.min(30, term));
      }
      const p = 1 / (1 + Math.exp(-logit));
      worst = Math.max(worst, Math.abs(p - Number(expected.data[s * expected.shape[1] + i])));
    }
  expect(worst).toBeLessThan(1e-5);
});
