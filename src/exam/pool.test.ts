import { expect, test } from "vitest";
import type { ItemBank } from "../bank/index.ts";
import { type ItemParameters, simulate } from "../irt/index.ts";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import { askAdaptively, designAdaptive } from "./adaptive-design.ts";
import { withSubject } from "./add-subject.ts";
import { poolOf, subPool } from "./pool.ts";
import { poolAbilities } from "./pool-abilities.ts";
import { scenariosOf } from "./scenarios.ts";
import { Scorer } from "./score.ts";
import { selectQuestions } from "./select.ts";

const normal = seededNormal(seededRandom(3));
const easiness = Float64Array.from({ length: 600 }, () => 2 * normal());
/** Abilities N(0, σ²) with slopes 2/σ: the same model whatever σ, as for a Rasch bank (slopes 1, σ = 2). */
const scaled = (sigma: number) => {
  const parameters: ItemParameters = {
    family: sigma === 2 ? "rasch" : "2pl",
    dims: 1,
    discrimination: new Float64Array(600).fill(2 / sigma),
    intercept: easiness,
  };
  return { parameters, latent: { mean: Float64Array.of(0), covariance: Float64Array.of(sigma ** 2) } };
};
const [rasch, standard] = [scaled(2), scaled(1)];
const { matrix } = simulate(rasch.parameters, { subjects: 30, seed: 4, latent: rasch.latent, missing: 0.3 });
const [wide, unit] = [rasch, standard].map(({ parameters, latent }) =>
  poolOf(matrix, parameters, scenariosOf(matrix), latent),
);
const answers = {
  subject: "new",
  items: Array.from({ length: 25 }, (_, j) => 7 * j),
  scores: Array.from({ length: 25 }, (_, j) => Number(j % 5 !== 0)),
};

test("the scale of a bank's abilities changes no score: its distribution of ability is the prior everywhere", () => {
  wide.filled.forEach((x, cell) => {
    expect(x).toBeCloseTo(unit.filled[cell], 8);
  });
  const few = Uint32Array.of(0, 5, 9);
  const [far, near] = [wide, unit].map((pool) => poolAbilities(pool, few));
  far.forEach((x, m) => {
    expect(x / 2).toBeCloseTo(near[m], 8);
  });
  const exam = { asked: { items: Uint32Array.from(answers.items) }, assessment: { folds: 2, scenarios: [] } };
  const [a, b] = [wide, unit].map((pool) => new Scorer(pool, { exam }).score(answers));
  expect(a.ability[0] / 2).toBeCloseTo(b.ability[0], 8);
  expect(a.abilitySE[0] / 2).toBeCloseTo(b.abilitySE[0], 8);
  expect(a.personFit).toBeCloseTo(b.personFit as number, 3);
  expect(a.scenarios[0].pIRT).toBeCloseTo(b.scenarios[0].pIRT, 8);
  expect(a.scenarios[0].AIPW).toBeCloseTo(b.scenarios[0].AIPW, 8);
  const [chosen, same] = [wide, unit].map((pool) =>
    selectQuestions(pool, { count: 8, method: "information" }),
  );
  expect(chosen.items).toEqual(same.items);
  const rules = { criterion: "d-optimal", stop: { most: 8 }, among: 1, seed: 1 } as const;
  const [asked, alike] = [wide, unit].map((pool) => {
    const items: number[] = [];
    const { values } = askAdaptively(rules)(pool)((i) => {
      items.push(i);
      return i % 2;
    });
    return { items, pIRT: (values.pIRT as Float64Array)[0] };
  });
  expect(asked.items).toEqual(alike.items);
  expect(asked.pIRT).toBeCloseTo(alike.pIRT, 8);
  expect(designAdaptive(wide, rules).prior).toEqual({ mean: [0], covariance: [4] });
});

test("a subject joins a bank with the ability that its prior gives", () => {
  const [a, b] = [rasch, standard].map(({ parameters, latent }) => {
    const bank = {
      parameters,
      latent,
      subjects: [],
      abilities: { dims: 1, ability: new Float64Array(), covariance: new Float64Array() },
      subjectFit: {},
    } as unknown as ItemBank;
    return withSubject(bank, answers).abilities;
  });
  expect(a.ability[0] / 2).toBeCloseTo(b.ability[0], 8);
  expect(a.covariance[0] / 4).toBeCloseTo(b.covariance[0], 8);
});

test("parameters calibrated anew bring their own scale", () => {
  expect(subPool(wide, [0, 1, 2]).latent).toEqual(rasch.latent);
  expect(subPool(wide, [0, 1, 2], standard.parameters).latent).toEqual(standard.latent);
});
