import { rmSync } from "node:fs";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../src/gateway/index.ts";
import { describeInBrowser, launchChromium } from "./chromium.ts";
import { laidOutFolder } from "./laid-out-folder.ts";
import { type ScriptedUpstream, scriptedUpstream } from "./scripted-upstream.ts";
import { ask, type TestGateway, testGateway } from "./test-gateway.ts";

describeInBrowser("the dashboard in Chromium", () => {
  let folder: string;
  let store: Store;
  let upstream: ScriptedUpstream;
  let gateway: TestGateway;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const script = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

  beforeAll(async () => {
    folder = await laidOutFolder();
    store = openStore({ folder, log: { request() {}, event() {}, problem() {} } });
    upstream = await scriptedUpstream();
    gateway = await testGateway(
      { strong: upstream.url, weak: upstream.url },
      { store, config: { store: { prompts: true } } },
    );
    browser = await launchChromium();
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await store.query("select 1");
    const answer = await gateway.post("/v1/chat/completions", ask(script, { user: script }));
    await gateway.post("/v1/feedback", { id: answer.headers.get("x-tripos-request-id"), score: 1 });
    await gateway.post("/v1/chat/completions", ask("q", { model: "tripos/cheap" }));
    await page.goto(gateway.url);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await gateway?.close(100);
    await upstream?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("shows the traffic, the models and the figures as they come", async () => {
    await page
      .getByRole("table", { name: "The last requests" })
      .getByRole("cell", { name: "strong" })
      .first()
      .waitFor();
    await gateway.post("/v1/completions", { model: "weak", prompt: "q" });
    await page
      .getByRole("table", { name: "The last requests" })
      .getByRole("cell", { name: "completions" })
      .waitFor();
    await page.getByText("Live; the order of the configuration decides.").waitFor();
    expect(await page.locator("#calibration-text").textContent()).toContain("at P 0.90 grade 1.00 (1)");
    expect(await page.locator("#calibration circle").count()).toBe(1);
    // Against "strong" for the same tokens nothing was saved: both cost the same here.
    const figures = await page.locator("#figures").textContent();
    expect(figures).toContain("95 % interval $0");
    // One grade says little, however good it is.
    expect(figures).toContain("95 % interval 0.21 to 1.00; 1 graded");
  });

  test("runs no script that a client sent", async () => {
    await page.getByText(script).waitFor();
    expect(await page.title()).toBe("Tripos gateway");
    expect(await page.locator("main img").count()).toBe(0);
  });

  test("shows the decision for a question as it is typed, by keyboard alone", async () => {
    await page.getByLabel("Type a question").focus();
    await page.keyboard.type("Is glass a liquid?");
    await page.getByText("strong: highest P").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("policy");
    await page.keyboard.press("c");
    await page.getByText("weak: cheap").waitFor();
    const first = page.locator("#candidates tr").first();
    expect(await first.textContent()).toContain("weak0.8000.700 to 0.900");
  });

  test("makes a key, shows it once, and ends it", async () => {
    await page.getByLabel("Name").fill("team <b>one</b>");
    await page.getByLabel("Dollars a day").fill("2.5");
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByText(/shown only now: tripos-[\w-]{43}$/).waitFor();
    const row = page.getByRole("row", { name: /team <b>one<\/b> user valid \$0 of \$2.50/ });
    await row.waitFor();
    page.once("dialog", (dialog) => dialog.accept());
    await row.getByRole("button", { name: "Revoke team <b>one</b>" }).click();
    await page.getByRole("row", { name: /team <b>one<\/b> user revoked/ }).waitFor();
  });

  test.each(["light", "dark"] as const)("has nothing that axe finds serious (%s)", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { violations } = await (
        globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> } }
      ).axe.run();
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id }) => id);
    });
    expect(found).toEqual([]);
  });

  test("fits a narrow screen and logs no error", async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    if (process.env.TRIPOS_SCREENSHOTS) {
      await page.screenshot({
        path: `${process.env.TRIPOS_SCREENSHOTS}/dashboard-phone.png`,
        fullPage: true,
      });
      await page.setViewportSize({ width: 1200, height: 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({
          path: `${process.env.TRIPOS_SCREENSHOTS}/dashboard-${colorScheme}.png`,
          fullPage: true,
        });
      }
    }
    expect(problems).toEqual([]);
  });
});
