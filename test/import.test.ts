import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readResponses, sourcesAt } from "../src/node.ts";
import { newFolder, triposHere } from "./cli.ts";

/** A new folder with files in it. */
function folderWith(files: Record<string, string>): string {
  const folder = newFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

test("tripos import: a folder of several formats into one Parquet table, counted", async () => {
  const folder = folderWith({
    "a.csv": "model,q1,q2\nm,1,0\nn,,1\n",
    "b/c.jsonl": '{"subject_id": "o", "responses": {"q1": 1}}\n',
    "notes.md": "# Notes",
    ".hidden.csv": "x",
  });
  const out = join(folder, "out.parquet");
  const { code, stdout, stderr } = await triposHere(["import", "auto", folder, "--out", out, "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  const result = JSON.parse(stdout);
  expect(result.counts).toEqual({ subjects: 3, items: 2, responses: 4, missing: 2, duplicates: 0 });
  expect(result.files.map((file: { format: string }) => file.format)).toEqual(["csv", "py-irt"]);
  expect(result.skipped).toEqual([join(folder, "notes.md")]);
  const { matrix } = await readResponses(await sourcesAt([out]));
  expect(matrix.subjects).toEqual(["m", "o", "n"]);
});

test("tripos import: an input is not overwritten", async () => {
  const folder = folderWith({ "a.csv": "model,q1\nm,1\n" });
  const path = join(folder, "a.csv");
  const { code, stderr } = await triposHere(["import", path, "--out", `${folder}/./a.csv`]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("the output is one of the inputs")]);
});

test("tripos import: other outputs, and the table", async () => {
  const folder = folderWith({ "a.csv": "model,q1,q2\nm,1,0\nn,,1\n" });
  const input = join(folder, "a.csv");
  for (const ending of ["csv", "jsonl", "pkl"]) {
    const out = join(folder, `out.${ending}`);
    const { code, stdout } = await triposHere(["import", input, "--out", out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /CSV, wide table \(one subject a row\) .*3\n[\s\S]*missing +1 \(25.0 % of all pairs\)/,
    );
    expect((await readResponses(await sourcesAt([out]))).counts.responses).toBe(3);
  }
});

test("tripos import: bad input ends with code 2, one message and no output", async () => {
  const folder = folderWith({
    "a.csv": "model,q1\nm,1\nm,0\n",
    "bad.csv": "model,q1\nm,maybe\n",
    "strange.json": '{"x": 1}',
  });
  const at = (name: string) => join(folder, name);
  const cases: [string[], RegExp][] = [
    [["import", at("none.csv"), "--out", at("o.parquet")], /none.csv: cannot be read \(found no such file/],
    [["import", "csw", at("a.csv"), "--out", at("o.parquet")], /csw: this is neither a format nor a file/],
    [
      ["import", "py-irt", at("a.csv"), "--out", at("o.parquet")],
      /another format than told.*expected py-irt/,
    ],
    [["import", at("bad.csv"), "--out", at("o.parquet")], /bad.csv, line 2, field "q1".*"maybe"/],
    [["import", at("strange.json"), "--out", at("o.parquet")], /format is not known/],
    [["import", at("a.csv"), "--out", at("o.xlsx")], /o.xlsx.*ending/],
    [["import", at("a.csv"), "--repeats", "error", "--out", at("o.parquet")], /m on q1/],
    [["import", at("a.csv")], /required option '--out/],
    [["import", at("a.csv"), "--columns", "who=x", "--out", at("o.parquet")], /--columns.*who=x/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await triposHere(args);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe("");
  }
  expect(readdirSync(folder).sort()).toEqual(["a.csv", "bad.csv", "strange.json"]);
});

test("a file that grows while it is read is named", async () => {
  const folder = folderWith({ "a.csv": "model,q1\nm,1\n" });
  const path = join(folder, "a.csv");
  const sources = await sourcesAt([path]);
  appendFileSync(path, "n,1\n");
  await expect(readResponses(sources)).rejects.toThrow(/a.csv.*changed while it was read.*\n.*finished/);
  expect(existsSync(path)).toBe(true);
});
