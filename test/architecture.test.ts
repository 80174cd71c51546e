import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Folders of src/ from the ground up: each may import only from those before it. docs/architecture.md draws it. */
const layers = [
  "numerics",
  "kernels",
  "clustering",
  "formats",
  "files",
  "openai",
  "responses",
  "irt",
  "bank",
  "questions",
  "exam",
  "routing",
  "storage",
  "gateway",
  "report",
  "pipelines",
  "cli",
];
/** Folders that may use Node's own modules; the rest runs in a browser. */
const onNode = new Set(["files", "storage", "gateway", "cli", "node.ts"]);

const src = fileURLToPath(new URL("../src", import.meta.url));
const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.includes("assembly"))
  .map((path) => {
    const text = readFileSync(join(src, path), "utf8");
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]);
    return { path, folder: path.split("/")[0], imports };
  });

test("imports go one way, down the layers", () => {
  const wrong = sources.flatMap(({ path, folder, imports }) =>
    imports
      .filter((name) => name.startsWith("."))
      .map((name) => relative(src, join(src, path, "..", name)).split("/")[0])
      .filter((target) => layers.includes(folder) && layers.indexOf(target) > layers.indexOf(folder))
      .map((target) => `${path} imports from ${target}/`),
  );
  expect(wrong).toEqual([]);
});

test("another folder is entered through its index.ts", () => {
  const wrong = sources.flatMap(({ path, folder, imports }) =>
    imports
      .filter((name) => name.startsWith("."))
      .map((name) => relative(src, join(src, path, "..", name)))
      .filter((target) => {
        const parts = target.split("/");
        return layers.includes(parts[0]) && parts[0] !== folder && parts[1] !== "index.ts";
      })
      .map((target) => `${path} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("Node's modules are used only in the folders for it", () => {
  const wrong = sources.flatMap(({ path, folder, imports }) =>
    imports
      .filter((name) => name.startsWith("node:") && !onNode.has(folder))
      .map((name) => `${path} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test("every folder of src/ has its place in the layers", () => {
  const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((entry) => entry.name).filter((name) => !layers.includes(name))).toEqual([]);
});
