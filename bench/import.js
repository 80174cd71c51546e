// Importing ten million responses, Tripos against pandas, from a CSV and from a Parquet file: seconds and their ratio.
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    subjects: { type: "string", default: "400" },
    items: { type: "string", default: "25000" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "tripos-bench-"));
const at = (name) => join(folder, name);
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

const csv = openSync(at("responses.csv"), "w");
let text = "subject,item,score\n";
for (let s = 0; s < Number(values.subjects); s++)
  for (let i = 0; i < Number(values.items); i++) {
    text += `organisation/model-${s},question_${i},${(s * 7 + i * 13) % 3 === 0 ? 1 : 0}\n`;
    if (text.length > 1 << 20) {
      writeSync(csv, text);
      text = "";
    }
  }
writeSync(csv, text);
closeSync(csv);

// What the import does: read, count, settle repeated answers, write one long table.
const pandas = (read) => `
import pandas as pd
t = pd.${read}
t = t.groupby(["item", "subject"], sort=False, observed=True).score.mean().reset_index()
t.to_parquet("${at("pandas.parquet")}")`;
/** Seconds by the clock, and of processor time (which other work on the machine does not change). */
const timed = (command, args) => {
  const start = performance.now();
  const printed = execFileSync("sh", ["-c", '"$@" >/dev/null && times', "sh", command, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const wall = (performance.now() - start) / 1000;
  const [user, system] = printed
    .trim()
    .split("\n")
    .at(-1)
    .split(" ")
    .map((part) => {
      const [minutes, seconds] = part.split("m");
      return 60 * Number(minutes) + Number.parseFloat(seconds);
    });
  return { wall, cpu: user + system };
};
const hasPandas = (() => {
  try {
    execFileSync(values.python, ["-c", "import pandas, pyarrow"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

process.stdout.write(
  `${Number(values.subjects) * Number(values.items)} responses, ${cpus().length} × ${cpus()[0].model}, Node ${process.version}\n\n`,
);
process.stdout.write("| from | | seconds | processor seconds |\n|---|---|---|---|\n");
for (const [from, file, read] of [
  ["CSV", "responses.csv", `read_csv("${at("responses.csv")}")`],
  ["Parquet", "out.parquet", `read_parquet("${at("out.parquet")}")`],
]) {
  const out = from === "CSV" ? "out.parquet" : "again.parquet";
  const row = (who, { wall, cpu }) =>
    process.stdout.write(`| ${from} | ${who} | ${wall.toFixed(1)} | ${cpu.toFixed(1)} |\n`);
  const ours = timed(process.execPath, [main, "import", at(file), "--out", at(out)]);
  row("Tripos", ours);
  if (!hasPandas) continue;
  const theirs = timed(values.python, ["-c", pandas(read)]);
  row("pandas", theirs);
  row("ratio", { wall: theirs.wall / ours.wall, cpu: theirs.cpu / ours.cpu });
}
rmSync(folder, { recursive: true });
