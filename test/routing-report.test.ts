import { afterAll, beforeAll, expect, test } from "vitest";
import { routingReport } from "../src/report/index.ts";
import { evaluateRouter, trainRouter } from "../src/routing/index.ts";
import { describeInBrowser, type OpenReport, openReport, views } from "./chromium.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

/** Simulated questions of two scenarios, with costs; the second question's text would be markup. */
function dataset(seed: number, n: number) {
  const { matrix } = simulatedQuestions(n, seed);
  return {
    ...matrix,
    items: matrix.items.map((item, i) => (i === 1 ? "<b>q1</b>" : item)),
    costs: matrix.scores.map((_, o) => [0.004, 0.002, 0.0005][Math.floor(o / n)] * (1 + (o % 3) / 10)),
    scenarios: matrix.items.map((_, i) => (i % 2 ? "odd" : "even")),
  };
}

const router = trainRouter(dataset(1, 500), { trees: 40 });
const { evaluation, details } = evaluateRouter(
  router,
  [
    { name: "first", matrix: dataset(2, 300) },
    { name: "second", matrix: dataset(3, 200) },
  ],
  { policy: { kind: "utility", lambda: 20 } },
);
const report = routingReport(evaluation, details, { title: "Router sample", policy: "utility:20" });

test("the page says what was gained, where, and at which cost; it fetches nothing, and ids stay text", () => {
  expect(report).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(report).not.toContain("<b>q1</b>");
  for (const part of [/first: .*95 % interval/, /CostSave/, /By scenario/, /By cluster/, /AIQ of the hull/])
    expect(report).toMatch(part);
  const [{ scenarios, clusters, choices }] = details;
  for (const groups of [scenarios, clusters, choices])
    expect(groups.reduce((sum, { times }) => sum + times, 0)).toBe(300);
  expect(scenarios.map(({ name }) => name).toSorted()).toEqual(["even", "odd"]);
});

test("gains of the groups add up to the dataset's", () => {
  for (const { summary, clusters, scenarios } of details)
    for (const groups of [clusters, scenarios]) {
      const sum = groups.reduce((total, { gain, times }) => total + gain * times, 0);
      expect(sum / summary.items).toBeCloseTo(summary.gain.mean, 10);
    }
});

test("the router's curve is drawn above its models' hull where kinds of questions differ", () => {
  for (const { summary } of details) {
    expect(summary.tradeOff?.aiq).toBeGreaterThan(summary.tradeOff?.hullAiq ?? Number.NaN);
    expect(summary.tradeOff?.costAtBest).toBeLessThan(summary.tradeOff?.best.cost ?? Number.NaN);
  }
});

describeInBrowser("in a browser", () => {
  let open: OpenReport;
  beforeAll(async () => {
    open = await openReport(report);
  });
  afterAll(() => open?.close());

  test.each(views)("$name: plots drawn inside their frames, nothing runs out of the page", async (view) => {
    await open.show(view);
    // Runs in the page.
    const seen = await open.page.evaluate(`({
      width: document.documentElement.scrollWidth,
      plots: document.querySelectorAll("svg.plot").length,
      outside: [...document.querySelectorAll("svg.plot circle")].filter((dot) => {
        const [a, b] = [dot.getBoundingClientRect(), dot.closest("svg").getBoundingClientRect()];
        return a.left < b.left || a.right > b.right || a.top < b.top || a.bottom > b.bottom;
      }).length,
      ground: getComputedStyle(document.body).backgroundColor,
    })`);
    expect(seen).toEqual({
      width: view.width,
      plots: 4,
      outside: 0,
      ground: expect.stringMatching(view.theme === "dark" ? /^rgb\(18, / : /^rgb\(245, /),
    });
    expect(open.problems).toEqual([]);
    expect((await open.picture(`routing-${view.name}`)).byteLength).toBeGreaterThan(20_000);
  });
});
