import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lineFile } from "./append.ts";
import { processSpace } from "./running-process.ts";

const at = (name: string) => join(mkdtempSync(join(tmpdir(), "tripos-append-")), name);

test("what is no file is refused before it is read", () => {
  expect(() => lineFile("/dev/null")).toThrow(/\/dev\/null.*a device/);
  expect(() => lineFile(tmpdir())).toThrow(/a folder/);
});

test("one process at a time: a second is told, the lock of a dead one is taken over", () => {
  const path = at("a.jsonl");
  const early = lineFile(path);
  const lines = lineFile(path).open();
  lines.append({ item: 1 });
  expect(() => lineFile(path).open()).toThrow(/another process is writing.*\.lock/s);
  lines.close();
  expect(existsSync(`${path}.lock`)).toBe(false);
  // What it read before the other wrote no longer holds.
  expect(() => early.open()).toThrow(/has written to this file meanwhile/);
  expect(existsSync(`${path}.lock`)).toBe(false);
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(`${path}.lock`, `${pid} ${processSpace()}`);
  lineFile(path).open().close();
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test("lines are cut, added and settled; a file without any goes", () => {
  const path = at("b.jsonl");
  writeFileSync(path, '{"a":1}\n{"a":2}\n{"a":');
  const file = lineFile(path);
  expect([file.before, file.cutOff]).toEqual([[{ a: 1 }, { a: 2 }], 5]);
  const lines = file.open();
  lines.append({ a: "€".repeat(3) });
  lines.close((all) => all.slice(1));
  expect(readFileSync(path, "utf8")).toBe('{"a":2}\n{"a":"€€€"}\n');
  const empty = at("c.jsonl");
  lineFile(empty).open().close();
  expect(existsSync(empty)).toBe(false);
});
