import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { describe } from "vitest";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags =
  "--no-sandbox --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** Tests that need Chromium; skipped where there is none. */
export const describeInBrowser = describe.skipIf(!existsSync(executablePath));

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: flags.split(" ") });

/** How a page is looked at. */
export const views = [
  { name: "light", width: 1200, theme: "light" },
  { name: "dark", width: 1200, theme: "dark" },
  { name: "phone", width: 390, theme: "light" },
  { name: "phone-dark", width: 390, theme: "dark" },
] as const;

export interface OpenReport {
  readonly page: Page;
  /** Errors on the page, and requests to anywhere. */
  readonly problems: readonly string[];
  /** Shows the page as in a view, once its theme has been drawn. */
  readonly show: (view: (typeof views)[number]) => Promise<void>;
  /** The whole page as a picture; kept as NAME.png in the folder SCREENSHOTS where that is set. */
  readonly picture: (name: string) => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

/** A self-contained page in a browser of its own. */
export async function openReport(html: string): Promise<OpenReport> {
  const folder = mkdtempSync(join(tmpdir(), "tripos-page-"));
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: "light" });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("file:") && !request.url().startsWith("data:"))
      problems.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return {
    page,
    problems,
    show: async ({ width, theme }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForFunction((expected) => document.documentElement.dataset.theme === expected, theme);
    },
    picture: (name) => {
      const kept = process.env.SCREENSHOTS;
      if (kept !== undefined) mkdirSync(kept, { recursive: true });
      return page.screenshot({
        fullPage: true,
        ...(kept !== undefined && { path: join(kept, `${name}.png`) }),
      });
    },
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
