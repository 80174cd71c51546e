// Makes data/mmlu.pack from RouterDC's two MMLU files: node scripts/make-mmlu-pack.js FOLDER [OUT] (after npm run build).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeMmluPack } from "../dist/index.js";

const [folder, out = "data/mmlu.pack"] = process.argv.slice(2);
if (!folder) {
  process.stderr.write("usage: node scripts/make-mmlu-pack.js FOLDER [OUT]\n");
  process.exit(2);
}
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const pack = writeMmluPack(read("mmlu_train.json"), read("mmlu_test.json"));
writeFileSync(out, pack);
process.stdout.write(`${out}: ${pack.length} bytes\n`);
