import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bankReport } from "../src/report/index.ts";
import { sampleBank } from "./sample-bank.ts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** Where the screenshots stay to be looked at; a temporary folder that is removed unless told. */
const kept = process.env.SCREENSHOTS;
const folder = kept ?? mkdtempSync(join(tmpdir(), "tripos-report-"));

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

describe.skipIf(!existsSync(executablePath))("in a browser", () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  beforeAll(async () => {
    const flags =
      "--no-sandbox --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "report.html"), report);
    browser = await chromium.launch({ executablePath, args: flags.split(" ") });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: "light" });
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith("file:") && !request.url().startsWith("data:"))
        problems.push(request.url());
    });
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
  });
  afterAll(async () => {
    await browser?.close();
    if (!kept) rmSync(folder, { recursive: true, force: true });
  });

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
    for (const [name, width, theme] of [
      ["light", 1200, "light"],
      ["dark", 1200, "dark"],
      ["phone", 390, "light"],
      ["phone-dark", 390, "dark"],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForFunction((expected) => document.documentElement.dataset.theme === expected, theme);
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
      expect(seen.width).toBeLessThanOrEqual(width);
      expect(seen.smallest).toBeGreaterThan(9.5);
      expect(seen.background).toBe(theme === "dark" ? "rgb(18, 18, 17)" : "rgb(245, 245, 243)");
      const image = await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
      expect(image.length).toBeGreaterThan(20_000);
    }
  });

  test("no error on the page, and no request to anywhere", () => {
    expect(problems).toEqual([]);
  });
});
