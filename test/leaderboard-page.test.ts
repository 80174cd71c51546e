import { afterAll, beforeAll, expect, test } from "vitest";
import type { ScenarioScore, ScoreReport } from "../src/exam/index.ts";
import { leaderboardReport } from "../src/report/index.ts";
import { describeInBrowser, type OpenReport, openReport, views } from "./chromium.ts";

const score = (name: string, estimate: number): ScenarioScore => ({
  name,
  answered: 20,
  estimate,
  method: "stacked",
  standardError: 0.04,
  interval: [Math.max(0, estimate - 0.08), Math.min(1, estimate + 0.08)],
  interval90: [Math.max(0, estimate - 0.066), Math.min(1, estimate + 0.066)],
  mean: estimate,
  anchor: estimate,
  pIRT: estimate,
  gpIRT: estimate,
  ridge: estimate,
  kernel: estimate,
  AIPW: estimate,
  stacked: estimate,
});
const reports = Array.from(
  { length: 18 },
  (_, s): ScoreReport => ({
    subject: s === 4 ? "<b>organisation</b>/a-model-with-a-rather-long-name-70b-instruct" : `model-${s}`,
    ability: [1 - s / 6],
    abilitySE: [0.2],
    personFit: s === 3 ? null : 0.5,
    scenarios: ["logic", "law", "overall"].map((name, t) => score(name, 0.9 - 0.045 * s + 0.02 * t)),
    warnings: s === 0 ? ["Stronger than every model of the bank: an extrapolation."] : [],
  }),
);
const report = leaderboardReport(reports, { bank: "bank", questions: 400 });

test("names from the data stay text, and nothing is fetched", () => {
  expect(report).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(report).not.toContain("<b>organisation");
});

describeInBrowser("in a browser", () => {
  let open: OpenReport;
  beforeAll(async () => {
    open = await openReport(report);
  });
  afterAll(() => open?.close());

  test("light, dark and a phone: every place is shown, its dot inside its interval, and nothing overflows", async () => {
    for (const view of views) {
      await open.show(view);
      const seen = await open.page.evaluate(() => {
        const box = (row: Element, part: string) => row.querySelector(part)!.getBoundingClientRect();
        return {
          width: document.documentElement.scrollWidth,
          background: getComputedStyle(document.body).backgroundColor,
          rows: [...document.querySelectorAll(".board tbody tr")].map((row) => {
            const [range, dot, name, track] = [".range", ".dot", "th", ".track"].map((part) =>
              box(row, part),
            );
            return {
              name: row.querySelector("th")!.textContent!.trim(),
              inside:
                dot.left + 5 >= range.left && dot.right - 5 <= range.right && range.right <= track.right + 1,
              apart: name.bottom <= track.top || name.right <= track.left,
              size: Number.parseFloat(getComputedStyle(row.querySelector("th")!).fontSize),
            };
          }),
        };
      });
      expect(seen.width).toBe(view.width);
      expect(seen.rows.length).toBe(18);
      expect(seen.rows[4].name).toContain("<b>organisation</b>/a-model");
      for (const { inside, apart, size } of seen.rows)
        expect({ inside, apart, legible: size >= 13 }).toEqual({ inside: true, apart: true, legible: true });
      const [red] = seen.background.match(/\d+/g)!.map(Number);
      expect(view.theme === "dark" ? red < 40 : red > 230).toBe(true);
      expect((await open.picture(`leaderboard-${view.name}`)).length).toBeGreaterThan(20_000);
    }
    expect(open.problems).toEqual([]);
  });
});
