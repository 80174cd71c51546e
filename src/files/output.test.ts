import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkFolderOutput, writeWhole } from "./output.ts";

const folder = () => mkdtempSync(join(tmpdir(), "tripos-output-"));

test("a file is written with the folders it needs, and replaced whole", () => {
  const path = join(folder(), "a", "b.txt");
  writeWhole(path, "one");
  writeWhole(path, new Uint8Array([116, 119, 111]));
  expect(readFileSync(path, "utf8")).toBe("two");
  expect(readdirSync(join(path, ".."))).toEqual(["b.txt"]);
});

test("what cannot be written is named, and leaves nothing behind", () => {
  const there = folder();
  writeFileSync(join(there, "file"), "");
  expect(() => writeWhole(join(there, "file", "x.txt"), "")).toThrow(
    /x\.txt: cannot be written.*(not a folder|a folder is needed)/,
  );
  mkdirSync(join(there, "dir", "sub"), { recursive: true });
  expect(() => writeWhole(join(there, "dir"), "")).toThrow(/a folder stands where the file should go/);
  expect(readdirSync(there).sort()).toEqual(["dir", "file"]);
});

test("a place for a folder is checked beforehand, and left as it was", () => {
  const there = folder();
  writeFileSync(join(there, "file"), "");
  mkdirSync(join(there, "foreign"));
  writeFileSync(join(there, "foreign", "thesis.tex"), "");
  mkdirSync(join(there, "mine"));
  writeFileSync(join(there, "mine", "a.json"), "");
  const check = (...path: string[]) => checkFolderOutput(join(there, ...path), ["a.json", "b.json"]);
  expect(() => check("file")).toThrow(/a file stands where a folder is needed/);
  expect(() => check("file", "below")).toThrow(/cannot be written/);
  expect(() => check("foreign")).toThrow(/thesis\.tex/);
  check("mine");
  check("new", "folders", "below");
  expect(readdirSync(there).sort()).toEqual(["file", "foreign", "mine"]);
});

test.skipIf(process.platform !== "linux")("where no folder can be made, it says so and ends", () => {
  expect(() => writeWhole("/proc/tripos/file", "")).toThrow(/no folder can be made there|no permission/);
});
