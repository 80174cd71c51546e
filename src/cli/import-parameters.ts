import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import { bankOfPyIrt } from "../bank/index.ts";
import { readFile } from "../files/index.ts";
import { textOf } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { readPyIrtParameters } from "../irt/index.ts";
import { checkBankOutput, saveBank } from "./bank-folder.ts";
import { counted } from "./counted.ts";
import { version } from "./version.ts";

/** What py-irt's parameters are called where a format is named. */
export const parameterFormat = "best-parameters";

/** Whether the file begins as py-irt's `best_parameters.json` does. */
export function holdsParameters(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const head = Buffer.alloc(200);
  const file = openSync(path, "r");
  try {
    const text = head.toString("utf8", 0, readSync(file, head));
    return /^\s*\{\s*"(ability|diff|disc|irt_model|item_ids|subject_ids|scale_ability)"\s*:/.test(text);
  } finally {
    closeSync(file);
  }
}

/** Makes an item bank of py-irt's parameters; `calibrate --onto` then grows it, and exams are made from it. */
export async function importParameters(
  paths: readonly string[],
  options: { readonly out: string; readonly json?: true },
): Promise<void> {
  if (paths.length !== 1)
    throw new InputError("a bank is made of one file of parameters", {
      source: parameterFormat,
      found: `${paths.length} files`,
    });
  const [path] = paths;
  checkBankOutput(options.out);
  const bytes = readFile(path);
  const input = {
    name: basename(path),
    format: parameterFormat,
    bytes: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
  const bank = bankOfPyIrt(readPyIrtParameters(textOf(bytes, path), path), { tripos: version, input });
  await saveBank(options.out, bank);
  const { items, subjects, parameters, warnings } = bank;
  const counts = { items: items.length, subjects: subjects.length, dims: parameters.dims };
  if (options.json) process.stdout.write(`${JSON.stringify({ bank: options.out, ...counts, warnings })}\n`);
  else
    process.stdout.write(
      `${options.out}: a bank of ${counted(counts.items, "item")} and ${counted(counts.subjects, "subject")} in ${counted(counts.dims, "dimension")}, ${warnings[0]}.\n`,
    );
}
