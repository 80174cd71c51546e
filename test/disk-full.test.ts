import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { newFolder } from "./cli.ts";

const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** Runs a shell script where `folder` is a file system of its own of 8 KB, as Linux lets a process have. */
const onSmallDisk = (folder: string, script: string) =>
  spawnSync("unshare", ["-rm", "sh", "-c", `mount -t tmpfs -o size=8k tmpfs ${folder} && ${script}`], {
    encoding: "utf8",
  });

const possible = onSmallDisk(newFolder(), "true").status === 0;

test("standard output on a full disk: told in one sentence", () => {
  const { status, stderr } = spawnSync(
    "sh",
    ["-c", `"${process.execPath}" "${cli}" simulate --help > /dev/full`],
    {
      encoding: "utf8",
      timeout: 20_000,
    },
  );
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: "tripos: standard output: the disk is full\n",
  });
});

test.skipIf(!possible)("a full disk: told in one sentence, and nothing is left half-written", () => {
  const [disk, home] = [newFolder(), newFolder()];
  const rows = Array.from({ length: 400 }, (_, at) => {
    const [s, i] = [at % 40, Math.floor(at / 40)];
    return `s${s},a question with a long name ${i},${(s * 7 + i * 3) % 5 > 1 ? 1 : 0}`;
  });
  writeFileSync(join(home, "r.csv"), ["subject,item,score", ...rows].join("\n"));
  const command = `${process.execPath} ${cli} calibrate ${home}/r.csv --dims 1 --out ${disk}/bank`;
  const run = onSmallDisk(
    disk,
    `${command} > ${home}/out; code=$?; ls -A ${disk} > ${home}/left; exit $code`,
  );
  expect(run.status).toBe(2);
  expect(run.stderr).toMatch(/cannot be written.*\n?.*the disk is full/s);
  expect(run.stderr).not.toMatch(/\n\s+at /);
  // The checkpoint of a run that did not end may stay, whole; the bank is there or not.
  expect(readFileSync(join(home, "left"), "utf8")).toMatch(/^(bank\.checkpoint\.json\n)?$/);
});
