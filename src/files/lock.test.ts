import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { takeLock } from "./lock.ts";
import { processSpace } from "./running-process.ts";

const newLock = () => join(mkdtempSync(join(tmpdir(), "tripos-lock-")), "in-use-by");
const take = (lock: string) =>
  takeLock(lock, { summary: "in use", source: "what is held", hint: "Take another." });

test("keeps others out, says who holds it and what to do, and leaves nothing behind", () => {
  const lock = newLock();
  const giveBack = take(lock);
  expect(readFileSync(lock, "utf8")).toContain(String(process.pid));
  expect(() => take(lock)).toThrow(
    `what is held: in use (found process ${process.pid})\n  Take another. If no such process is at work any more, remove ${lock}.`,
  );
  giveBack();
  expect(existsSync(lock)).toBe(false);
});

test("one left by an earlier process of the same number is taken over; one taken away by another stays", () => {
  const lock = newLock();
  writeFileSync(lock, `${process.pid} ${processSpace()}`);
  const giveBack = take(lock);
  writeFileSync(lock, "1 elsewhere");
  giveBack();
  expect(existsSync(lock)).toBe(true);
});

test("a living process of this machine is never driven out", async () => {
  const lock = newLock();
  const other = spawn("sleep", ["30"]);
  writeFileSync(lock, `${other.pid} ${processSpace()}`);
  expect(() => take(lock)).toThrow(`process ${other.pid}`);
  const gone = new Promise((resolve) => other.once("exit", resolve));
  other.kill("SIGKILL");
  await gone;
  take(lock)();
});

test("one of another container counts as gone after seconds without a sign of life", () => {
  const lock = newLock();
  writeFileSync(lock, `${process.pid} elsewhere pid:[1]`);
  const start = performance.now();
  take(lock)();
  expect(performance.now() - start).toBeGreaterThan(3000);

  writeFileSync(lock, `${process.pid} elsewhere pid:[1]`);
  // This thread waits, so that another must give the signs.
  const signs = new Worker(
    `const { utimesSync } = require("node:fs"); setInterval(() => utimesSync(${JSON.stringify(lock)}, new Date(), new Date()), 300);`,
    { eval: true },
  );
  try {
    expect(() => take(lock)).toThrow(`process ${process.pid} on elsewhere`);
  } finally {
    void signs.terminate();
  }
});

test("one that its holder gives back meanwhile is taken", () => {
  const lock = newLock();
  writeFileSync(lock, "1 elsewhere");
  void new Worker(`setTimeout(() => require("node:fs").rmSync(${JSON.stringify(lock)}), 500);`, {
    eval: true,
  });
  const start = performance.now();
  take(lock)();
  expect(performance.now() - start).toBeLessThan(3500);
});

test("a place where none can be is told", () => {
  const lock = newLock();
  writeFileSync(lock, "");
  expect(() => take(join(lock, "below"))).toThrow(/below: cannot be written \(found a file stands/);
});
