import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bankReport } from "../src/report/index.ts";
import { describeInBrowser, type OpenReport, openReport, views } from "./chromium.ts";
import { sampleBank } from "./sample-bank.ts";

const bank = sampleBank();
const report = bankReport(bank, {
  title: "Sample bank",
  warnings: ["items.parquet was changed after Tripos wrote it."],
  pairs: Array.from({ length: 12 }, (_, k) => ({
    first: 3 * k,
    second: 3 * k + 5,
    q3: 0.52 - 0.03 * k,
    subjects: 40,
    adjustedP: 0.01,
  })),
  q3: (a, b) => Math.sin(a * 3 + b * 3) / 2,
  dif: {
    reference: "base",
    focal: "instruct",
    results: bank.items.map((_, item) => ({
      item,
      effect: Math.sin(item * 1.7) * 0.8,
      standardError: 0.3,
      statistic: 1,
      df: 2,
      p: Math.abs(Math.cos(item)) ** 3,
      adjustedP: Math.min(1, 3 * Math.abs(Math.cos(item)) ** 3),
    })),
  },
});

test("the page fetches nothing, and texts from the data stay text", () => {
  expect(report).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(report).not.toContain("<b>4</b>");
  expect(report).toContain("&lt;b&gt;4&lt;/b&gt;");
});

describeInBrowser("in a browser", () => {
  let open: OpenReport;
  let page: Page;
  beforeAll(async () => {
    open = await openReport(report);
    page = open.page;
  });
  afterAll(() => open?.close());

  const items = () =>
    page.locator("section", { has: page.getByRole("heading", { name: "Items", exact: true }) });
  const firstCells = async () =>
    (await items().locator("tbody tr td:first-child").allTextContents()).slice(0, 3);

  test("tables sort and filter", async () => {
    await items().getByRole("button", { name: "discrimination", exact: true }).click();
    const steepest = [...bank.items.keys()].sort(
      (a, b) => bank.parameters.discrimination[b] - bank.parameters.discrimination[a],
    );
    expect(await firstCells()).toEqual(steepest.slice(0, 3).map((i) => bank.items[i]));
    await items().getByRole("button", { name: "discrimination", exact: true }).click();
    expect((await firstCells())[0]).toBe("task-005");
    await items()
      .getByRole("button", { name: /^negative discrimination · 1/ })
      .click();
    expect(await firstCells()).toEqual(["task-005"]);
    await items()
      .getByRole("button", { name: /^negative discrimination · 1/ })
      .click();
    await items().getByRole("searchbox").fill("task-04");
    expect(await items().locator(".count").textContent()).toBe("10 of 90 rows");
    await items().getByRole("searchbox").fill("");
    await items().getByRole("button", { name: "Next" }).click();
    expect(await items().locator(".pager span").textContent()).toBe("16–30 of 90");
  });

  test("a click on an item draws its curve, where the model says", async () => {
    await items().getByRole("searchbox").fill("task-050");
    await items().locator("tbody tr").first().click();
    const curve = page.locator("#icc path", { has: page.locator("title", { hasText: "task-050" }) });
    const path = (await curve.getAttribute("d"))!;
    const points = path
      .split(/[ML]/)
      .slice(1)
      .map((point) => point.split(" ").map(Number));
    // The curve passes P = ½ at the difficulty; the plot's area is 50 … 466 by 12 … 236, θ from −3 to 3.
    const difficulty = -bank.parameters.intercept[49] / bank.parameters.discrimination[49];
    const x = 50 + ((difficulty + 3) / 6) * (466 - 50);
    const nearest = points.reduce((best, point) =>
      Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best,
    );
    expect(Math.abs(nearest[1] - 124)).toBeLessThan(6);
    expect(await page.locator("#iif path.curve").count()).toBe(6);
    await items().getByRole("searchbox").fill("");
  });

  test("light, dark and a phone: nothing overflows, texts are legible", async () => {
    for (const view of views) {
      await open.show(view);
      const seen = await page.evaluate(() => {
        const texts = [...document.querySelectorAll<SVGTextElement>(".plot text")];
        const heights = texts.map((text) => {
          const scale =
            text.ownerSVGElement!.getBoundingClientRect().width / text.ownerSVGElement!.viewBox.baseVal.width;
          return Number.parseFloat(getComputedStyle(text).fontSize) * scale;
        });
        return {
          width: document.documentElement.scrollWidth,
          background: getComputedStyle(document.body).backgroundColor,
          smallest: Math.min(...heights),
        };
      });
      expect(seen.width).toBeLessThanOrEqual(view.width);
      expect(seen.smallest).toBeGreaterThan(9.5);
      expect(seen.background).toBe(view.theme === "dark" ? "rgb(18, 18, 17)" : "rgb(245, 245, 243)");
      expect((await open.picture(`bank-${view.name}`)).length).toBeGreaterThan(20_000);
    }
  });

  test("no error on the page, and no request to anywhere", () => {
    expect(open.problems).toEqual([]);
  });
});
