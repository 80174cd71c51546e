import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import { readFolder, readFolderIfAny } from "./folder.ts";
import { writeFolder } from "./output.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tripos-folder-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("a folder comes back as written, and nothing else is left beside it", () => {
  const path = join(home, "deep", "bank");
  writeFolder(path, new Map<string, string | Uint8Array>([["a", "one"]]));
  writeFolder(
    path,
    new Map<string, string | Uint8Array>([
      ["a", "two"],
      ["b", Uint8Array.of(0, 255)],
    ]),
  );
  const files = readFolder(path, "a bank");
  expect([...files.keys()].sort()).toEqual(["a", "b"]);
  expect(new TextDecoder().decode(files.get("a"))).toBe("two");
  expect([...files.get("b")!]).toEqual([0, 255]);
  expect(readdirSync(join(home, "deep"))).toEqual(["bank"]);
});

test("files that Tripos did not write are not lost", () => {
  const path = join(home, "bank");
  mkdirSync(path);
  writeFileSync(join(path, "thesis.doc"), "years of work");
  expect(() => writeFolder(path, new Map([["a", "x"]]))).toThrow(InputError);
  expect(readFileSync(join(path, "thesis.doc"), "utf8")).toBe("years of work");
});

test("a failed write leaves the former folder as it was", () => {
  const path = join(home, "bank");
  writeFolder(path, new Map([["a", "good"]]));
  expect(() =>
    writeFolder(
      path,
      new Map([
        ["b", "x"],
        ["b/c", "a folder that is a file already"],
      ]),
      ["a"],
    ),
  ).toThrow(InputError);
  expect(readFileSync(join(path, "a"), "utf8")).toBe("good");
  expect(readdirSync(home)).toEqual(["bank"]);
});

test("a name with a slash is a file in a folder within", () => {
  const path = join(home, "router");
  const files = new Map([
    ["a", "1"],
    ["bank/b", "2"],
  ]);
  writeFolder(path, files);
  writeFolder(path, files);
  expect(readFileSync(join(path, "bank", "b"), "utf8")).toBe("2");
  expect(readFolderIfAny(join(path, "bank"), "an item bank")?.size).toBe(1);
  expect(readFolderIfAny(join(path, "none"), "an item bank")).toBeUndefined();
});

test("what is not a folder is named", () => {
  expect(() => readFolder(join(home, "none"), "an item bank")).toThrow(/this is not an item bank/);
  writeFileSync(join(home, "file"), "");
  expect(() => writeFolder(join(home, "file"), new Map([["a", "x"]]))).toThrow(InputError);
});
