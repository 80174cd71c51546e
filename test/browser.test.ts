import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Decision, route, trainRouter } from "../src/routing/index.ts";
import { saveRouter } from "../src/storage/index.ts";
import { describeInBrowser, launchChromium } from "./chromium.ts";
import { newFolder } from "./cli.ts";
import { simulatedQuestions } from "./simulated-questions.ts";

const folder = newFolder();
beforeAll(() =>
  build({
    configFile: false,
    logLevel: "silent",
    build: {
      lib: {
        entry: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
        formats: ["es"],
        fileName: "tripos",
      },
      outDir: folder,
      emptyOutDir: false,
    },
  }),
);

test("the library bundles for a browser without any of Node's modules, and runs there from the embedded pack", () => {
  const code = readFileSync(join(folder, "tripos.js"), "utf8");
  // The worker's program, a text, asks for require only where there is one.
  expect(code).not.toMatch(/(from|import\()\s*["']node:|__vite-browser-external/);
  const pack = fileURLToPath(new URL("../data/mmlu.pack", import.meta.url));
  const program = `
    delete globalThis.process; delete globalThis.Buffer; delete globalThis.require;
    const { readMmluPack, mmluFromPack, reproduceMmlu, calibrateAsPyIrt, mmluDefaults } = await import(${JSON.stringify(join(folder, "tripos.js"))});
    const data = mmluFromPack(readMmluPack(bytes));
    const { accuracy } = reproduceMmlu(data, calibrateAsPyIrt, { ...mmluDefaults, dims: 1, anchors: 20 });
    print(JSON.stringify(accuracy.oracle));`;
  const wrapper = `
    const print = console.log; const bytes = new Uint8Array((await import("node:fs")).readFileSync(${JSON.stringify(pack)}));
    ${program}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", wrapper], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(Number(stdout)).toBeCloseTo(0.8526, 4);
});

describeInBrowser("in Chromium", () => {
  const server = createServer(({ url = "/" }, response) => {
    const type = url.endsWith(".js") ? "text/javascript" : "application/octet-stream";
    const file = join(folder, url);
    // What a page needs to be cross-origin isolated, and so to have shared memory.
    const isolation = {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    };
    if (url === "/") response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    else if (url === "/isolated")
      response.writeHead(200, { "content-type": "text/html", ...isolation }).end("<!doctype html>");
    else if (existsSync(file)) response.writeHead(200, { "content-type": type }).end(readFileSync(file));
    else response.writeHead(404).end();
  });
  let browser: Browser;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });
  /** Runs a function's body in a page at the path. */
  const inPage = async <T>(path: string, body: string): Promise<T> => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return page.evaluate(`(async () => { ${body} })()`);
  };

  test("a page loads a trained router and decides as Node does", async () => {
    const router = trainRouter(simulatedQuestions(300, 1).matrix, { trees: 20 });
    saveRouter(router, join(folder, "router"));
    const text = "7: what about river mountain island valley border river?";
    const decision = await inPage<Decision>(
      "/",
      `const { decodeRouter, route } = await import("/tripos.js");
      const files = new Map();
      for (const name of ["router.json", "router.safetensors"])
        files.set(name, new Uint8Array(await (await fetch("/router/" + name)).arrayBuffer()));
      return route(decodeRouter(files, "router"), { text: ${JSON.stringify(text)} });`,
    );
    const here = route(router, { text });
    expect(decision).toMatchObject({ model: here.model, rule: here.rule });
    // The last bits of exp and log are each engine's own.
    decision.candidates.forEach(({ model, p }, m) => {
      expect(model).toBe(here.candidates[m].model);
      expect(p).toBeCloseTo(here.candidates[m].p, 12);
    });
  });

  test.each([
    ["/isolated", { isolated: true, byMml: 2, byVariational: 2 }],
    // Without shared memory the variational engine stays on the page's thread.
    ["/", { isolated: false, byMml: 2, byVariational: 0 }],
  ])("calibration on threads of a page at %s gives the bits of one thread", async (path, expected) => {
    const found = await inPage(
      path,
      `const { calibrateMml, calibrateMmlInThreads, calibrateVariational, calibrateVariationalInThreads, simulate,
        simulateItems } = await import("/tripos.js");
      let started = 0;
      const Native = Worker;
      globalThis.Worker = class extends Native { constructor(address) { super(address); started++; } };
      const { matrix } = simulate(simulateItems("2pl", { items: 10, seed: 1 }), { subjects: 200, seed: 2 });
      const text = (value) => JSON.stringify(value, (_, v) => (ArrayBuffer.isView(v) ? Array.from(v) : v));
      const byMml = await calibrateMmlInThreads(matrix, { threads: 2 });
      const mmlThreads = started;
      const byVariational = await calibrateVariationalInThreads(matrix, { threads: 2 });
      return {
        isolated: crossOriginIsolated, byMml: mmlThreads, byVariational: started - mmlThreads,
        same: [text(byMml) === text(calibrateMml(matrix)), text(byVariational) === text(calibrateVariational(matrix))],
      };`,
    );
    expect(found).toEqual({ ...expected, same: [true, true] });
  });
});
