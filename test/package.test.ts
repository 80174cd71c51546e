import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { newFolder } from "./cli.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("the README's library lines run against the package as it would be published", () => {
  const app = newFolder();
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", app], {
    cwd: root,
    encoding: "utf8",
  });
  const installed = join(app, "node_modules", "tripos");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", join(app, packed.trim()), "--strip-components=1", "-C", installed]);
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
  const example = readFileSync(join(root, "README.md"), "utf8").match(/```js\n([\s\S]*?)```/)?.[1] ?? "";
  writeFileSync(join(app, "readme.mjs"), example);
  const output = execFileSync(process.execPath, ["readme.mjs"], { cwd: app, encoding: "utf8" });
  expect(output).toMatch(/^θ = -?\d\.\d\d ± \d\.\d\d\n$/);
  const version = execFileSync(process.execPath, [join(installed, "dist/cli/main.js"), "--version"], {
    encoding: "utf8",
  });
  expect(version).toBe(`${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version}\n`);
});
