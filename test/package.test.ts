import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { newFolder } from "./cli.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The lines of a document that are marked as JavaScript, one after the other. */
const linesOf = (document: string): string =>
  Array.from(
    readFileSync(join(root, document), "utf8").matchAll(/```js\n([\s\S]*?)```/g),
    ([, code]) => code,
  ).join("");

test("the documents' library lines run against the package as it would be published", () => {
  const app = newFolder();
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", app], {
    cwd: root,
    encoding: "utf8",
  });
  const installed = join(app, "node_modules", "tripos");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", join(app, packed.trim()), "--strip-components=1", "-C", installed]);
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
  const run = (document: string): string => {
    writeFileSync(join(app, "example.mjs"), linesOf(document));
    return execFileSync(process.execPath, ["example.mjs"], { cwd: app, encoding: "utf8" });
  };
  expect(run("README.md")).toMatch(/^θ = -?\d\.\d\d ± \d\.\d\d\n$/);
  expect(run("docs/exams.md")).toMatch(
    /^0\.\d\d, 95 % interval 0\.\d\d to 0\.\d\d\nθ = -?\d\.\d\d after \d+ questions\n$/,
  );
  const version = execFileSync(process.execPath, [join(installed, "dist/cli/main.js"), "--version"], {
    encoding: "utf8",
  });
  expect(version).toBe(`${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version}\n`);
});
