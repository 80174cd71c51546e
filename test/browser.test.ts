import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";
import { saveRouter } from "../src/router-folder.ts";
import { type Decision, route, trainRouter } from "../src/routing/index.ts";
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

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

test.skipIf(!existsSync(executablePath))(
  "a browser loads a trained router and decides as Node does",
  async () => {
    const router = trainRouter(simulatedQuestions(300, 1).matrix, { trees: 20 });
    saveRouter(router, join(folder, "router"));
    const server = createServer(({ url = "/" }, response) => {
      const type = url.endsWith(".js") ? "text/javascript" : "application/octet-stream";
      const file = join(folder, url);
      if (url === "/") response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
      else if (existsSync(file)) response.writeHead(200, { "content-type": type }).end(readFileSync(file));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const flags =
      "--no-sandbox --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
    const browser = await chromium.launch({ executablePath, args: flags.split(" ") });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const text = "7: what about river mountain island valley border river?";
      // Runs in the page.
      const decision: Decision = await page.evaluate(`(async () => {
      const { decodeRouter, route } = await import("/tripos.js");
      const files = new Map();
      for (const name of ["router.json", "router.safetensors"])
        files.set(name, new Uint8Array(await (await fetch("/router/" + name)).arrayBuffer()));
      return route(decodeRouter(files, "router"), { text: ${JSON.stringify(text)} });
    })()`);
      const here = route(router, { text });
      expect(decision).toMatchObject({ model: here.model, rule: here.rule });
      // The last bits of exp and log are each engine's own.
      decision.candidates.forEach(({ model, p }, m) => {
        expect(model).toBe(here.candidates[m].model);
        expect(p).toBeCloseTo(here.candidates[m].p, 12);
      });
    } finally {
      await browser.close();
      server.close();
    }
  },
);
