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
const timed = (command, args) => {
  const start = performance.now();
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  return (performance.now() - start) / 1000;
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
process.stdout.write("| from | Tripos, s | pandas, s | ratio |\n|---|---|---|---|\n");
for (const [from, file, read] of [
  ["CSV", "responses.csv", `read_csv("${at("responses.csv")}")`],
  ["Parquet", "out.parquet", `read_parquet("${at("out.parquet")}")`],
]) {
  const out = from === "CSV" ? "out.parquet" : "again.parquet";
  const ours = timed(process.execPath, [main, "import", at(file), "--out", at(out)]);
  const theirs = hasPandas ? timed(values.python, ["-c", pandas(read)]) : Number.NaN;
  const shown = (x) => (Number.isNaN(x) ? "–" : x.toFixed(1));
  process.stdout.write(`| ${from} | ${shown(ours)} | ${shown(theirs)} | ${shown(theirs / ours)} |\n`);
}
rmSync(folder, { recursive: true });
