import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, test } from "vitest";
import { newFolder } from "./cli.ts";

test("the library bundles for a browser without any of Node's modules, and runs there from the embedded pack", async () => {
  const folder = newFolder();
  await build({
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
  });
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
