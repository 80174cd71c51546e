import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { trainRouter } from "../routing/index.ts";
import { saveRouter } from "../storage/index.ts";
import { parseConfig } from "./config.ts";
import { deciderFor } from "./decider-for.ts";
import { demonstrationConfig } from "./demonstration.ts";

const { matrix } = simulatedQuestions(300, 1);
const router = trainRouter(matrix, { trees: 20, seed: 3 });
const texts = matrix.texts!;

test("a trained router decides for the gateway, from its folder, with the configuration's prices", () => {
  const folder = join(mkdtempSync(join(tmpdir(), "tripos-router-")), "router");
  saveRouter(router, folder);
  const demonstration = deciderFor(demonstrationConfig(folder));
  expect(demonstration.models).toEqual(router.models);
  for (const text of texts.slice(0, 10)) {
    const { model, candidates, rule } = demonstration.decide({ text });
    expect(candidates[0].model).toBe(model);
    expect(candidates.map((each) => each.model).toSorted()).toEqual([...router.models].toSorted());
    expect(rule).toMatch(/^quality/);
  }
  const models = router.models.map((name, i) => ({
    name,
    upstream: "u",
    price: { input: 0, output: 10 - i },
  }));
  const config = parseConfig({ router: folder, upstreams: [{ name: "u", kind: "demonstration" }], models });
  const priced = deciderFor(config);
  const cheapest = priced.decide({ text: texts[0], policy: "cheapest:0" });
  expect(cheapest.model).toBe(router.models.at(-1));
  expect(cheapest.cost).toBeCloseTo((300 * (10 - router.models.length + 1)) / 1e6, 12);
  // A budget leaves only those that it pays for.
  expect(priced.decide({ text: texts[0], budget: cheapest.cost! }).candidates).toHaveLength(1);
  expect(() => priced.decide({ text: texts[0], budget: 0 })).toThrow(/No model/);
  const unpriced = models[0].name;
  const partly = deciderFor({
    ...config,
    models: config.models.map(({ price, ...model }) =>
      model.name === unpriced ? model : { ...model, price },
    ),
  });
  expect(
    partly.decide({ text: texts[0] }).candidates.find(({ model }) => model === unpriced)?.cost,
  ).toBeNull();
  for (const asked of [{ policy: "cheapest:0" }, { budget: 1 }])
    expect(partly.decide({ text: texts[0], ...asked }).candidates.map(({ model }) => model)).not.toContain(
      unpriced,
    );
  rmSync(join(folder, ".."), { recursive: true });
});

test("a router that knows none of the models is refused", () => {
  const folder = join(mkdtempSync(join(tmpdir(), "tripos-router-")), "router");
  saveRouter(router, folder);
  const config = { ...demonstrationConfig(), router: folder };
  expect(() => deciderFor(config)).toThrow(/knows none of the configured models/);
  rmSync(join(folder, ".."), { recursive: true });
});
