import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { laidOutFolder } from "../../test/laid-out-folder.ts";
import { processSpace } from "../files/index.ts";
import { lockFolder } from "./folder-lock.ts";
import { openStore } from "./store.ts";

const newFolder = () => mkdtempSync(join(tmpdir(), "tripos-lock-"));

test("keeps others out, and leaves nothing behind", () => {
  const folder = newFolder();
  const unlock = lockFolder(folder);
  expect(readFileSync(join(folder, "in-use-by"), "utf8")).toContain(String(process.pid));
  unlock();
  expect(existsSync(join(folder, "in-use-by"))).toBe(false);
});

test("a living process of this machine is never driven out", async () => {
  const folder = newFolder();
  const other = spawn("sleep", ["30"]);
  writeFileSync(join(folder, "in-use-by"), `${other.pid} ${processSpace()}`);
  expect(() => lockFolder(folder)).toThrow(`process ${other.pid}`);
  const gone = new Promise((resolve) => other.once("exit", resolve));
  other.kill("SIGKILL");
  await gone;
  lockFolder(folder)();
});

test("one of another container counts as gone after seconds without a sign of life", () => {
  const folder = newFolder();
  const mark = join(folder, "in-use-by");
  writeFileSync(mark, `${process.pid} elsewhere pid:[1]`);
  const start = performance.now();
  lockFolder(folder)();
  expect(performance.now() - start).toBeGreaterThan(3000);

  writeFileSync(mark, `${process.pid} elsewhere pid:[1]`);
  // This thread waits, so that another must give the signs.
  const signs = new Worker(
    `const { utimesSync } = require("node:fs"); setInterval(() => utimesSync(${JSON.stringify(mark)}, new Date(), new Date()), 300);`,
    { eval: true },
  );
  try {
    expect(() => lockFolder(folder)).toThrow("of elsewhere");
  } finally {
    void signs.terminate();
  }
});

test("a store that is closed while its database opens gives the folder back when that has ended", async () => {
  const folder = await laidOutFolder();
  const problems: string[] = [];
  const log = { request() {}, event() {}, problem: (message: string) => void problems.push(message) };
  for (const moment of [0, 100]) {
    const store = openStore({ folder, log });
    await new Promise((resolve) => setTimeout(resolve, moment));
    await store.close();
    expect(existsSync(join(folder, "in-use-by"))).toBe(false);
  }
  const store = openStore({ folder, log });
  expect(await store.query("select 1 as one")).toEqual([{ one: 1 }]);
  await store.close();
  expect(problems).toEqual([]);
});
