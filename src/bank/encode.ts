import { type NdArray, writeSafetensors } from "../formats/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import {
  abilityStandardErrors,
  difficulties,
  type ItemBank,
  itemStandardErrors,
  linkOf,
  parameterColumn,
  parameterNames,
} from "./bank.ts";
import { type Columns, writeColumns } from "./columns.ts";
import { bankVersion, contentHash, type Manifest, sha256 } from "./manifest.ts";

/** Names of the files that make up a bank; `responses.safetensors` only where the responses are kept. */
export const bankFiles = [
  "bank.json",
  "items.parquet",
  "subjects.parquet",
  "covariances.safetensors",
  "responses.safetensors",
] as const;

/**
 * The files of an item bank, by name: `bank.json` (what it is), `items.parquet` and `subjects.parquet` (parameters,
 * abilities, standard errors and fit in named columns), `covariances.safetensors` and `responses.safetensors`. The same
 * bank gives the same bytes. Write them with `writeFolder` from tripos/node.
 */
export async function encodeBank(bank: ItemBank): Promise<Map<string, Uint8Array>> {
  const { parameters, abilities, responses } = bank;
  const names = parameterNames(parameters);
  const { items, subjects } = { items: bank.items.length, subjects: bank.subjects.length };
  const float64 = (data: Float64Array, ...shape: number[]): NdArray => ({ dtype: "float64", shape, data });
  const files = new Map([
    ["items.parquet", writeColumns(itemColumns(bank, names))],
    ["subjects.parquet", writeColumns(subjectColumns(bank))],
    [
      "covariances.safetensors",
      writeSafetensors(
        {
          items: float64(bank.covariance, items, names.length, names.length),
          subjects: float64(abilities.covariance, subjects, abilities.dims, abilities.dims),
        },
        { items: names.join(" ") },
      ),
    ],
  ]);
  if (responses) files.set("responses.safetensors", encodeResponses(responses));
  const description: Omit<Manifest, "hash"> = {
    format: "tripos-item-bank",
    version: bankVersion,
    model: {
      family: parameters.family,
      dims: parameters.dims,
      ...(parameters.categories && { categories: parameters.categories }),
      link: linkOf(parameters),
      parameters: names,
      ability: { mean: [...bank.latent.mean], covariance: [...bank.latent.covariance] },
    },
    items,
    subjects,
    method: bank.method,
    scoring: bank.scoring,
    ...(bank.thresholds && { thresholds: bank.thresholds }),
    seed: bank.seed,
    priors: bank.priors,
    candidates: [...bank.candidates],
    fit: bank.fit,
    ...(bank.recalibration && { recalibration: bank.recalibration }),
    warnings: [...bank.warnings],
    provenance: bank.provenance.map((entry) => ({ ...entry, inputs: [...entry.inputs] })),
    files: Object.fromEntries(
      await Promise.all(
        [...files].map(async ([name, bytes]) => [name, { bytes: bytes.length, sha256: await sha256(bytes) }]),
      ),
    ),
  };
  // Through JSON once, so that the hash is of what a reader will see (-0, undefined).
  const seen = JSON.parse(JSON.stringify(description)) as Omit<Manifest, "hash">;
  const text = `${JSON.stringify({ ...seen, hash: await contentHash(seen) }, null, 2)}\n`;
  return new Map([["bank.json", new TextEncoder().encode(text)], ...files]);
}

function itemColumns(bank: ItemBank, names: readonly string[]): Columns {
  const { parameters, items } = bank;
  const size = names.length;
  const errors = itemStandardErrors(bank);
  const { difficulty, standardError } = difficulties(bank);
  const columns = new Map<string, Float64Array | Uint32Array | readonly string[]>([["item", items]]);
  if (bank.scenarios) columns.set("scenario", bank.scenarios);
  if (bank.subscenarios) columns.set("subscenario", bank.subscenarios);
  if (bank.texts) columns.set("text", bank.texts);
  columns.set("difficulty", difficulty).set("difficulty_se", standardError);
  names.forEach((name, p) => {
    columns.set(name, parameterColumn(parameters, name));
    columns.set(
      `${name}_se`,
      Float64Array.from({ length: items.length }, (_, i) => errors[i * size + p]),
    );
  });
  for (const [name, values] of Object.entries(bank.itemFit)) columns.set(`fit_${name}`, values);
  columns.set(
    "flags",
    bank.flags.map((flags) => flags.join("; ")),
  );
  return columns.set("origin", bank.origins);
}

function subjectColumns({ subjects, abilities, subjectFit }: ItemBank): Columns {
  const { dims, ability } = abilities;
  const errors = abilityStandardErrors(abilities);
  const columns = new Map<string, Float64Array | readonly string[]>([["subject", subjects]]);
  for (let k = 0; k < dims; k++) {
    const column = (values: Float64Array) => subjects.map((_, s) => values[s * dims + k]);
    columns.set(`ability_${k + 1}`, Float64Array.from(column(ability)));
    columns.set(`ability_${k + 1}_se`, Float64Array.from(column(errors)));
  }
  for (const [name, values] of Object.entries(subjectFit)) columns.set(`fit_${name}`, values);
  return columns;
}

/** Mark of a missing response in the one-byte form. */
export const missingScore = 255;

/** One byte a response where the scores are small whole numbers; otherwise score, presence and trials by themselves. */
function encodeResponses({ subjects, items, scores, observed, trials }: ResponseMatrix): Uint8Array {
  const shape = [subjects.length, items.length];
  const whole = scores.every((score) => Number.isInteger(score) && score >= 0 && score < missingScore);
  if (whole && !trials) {
    const data = Uint8Array.from(scores, (score, at) => (observed[at] ? score : missingScore));
    return writeSafetensors({ responses: { dtype: "uint8", shape, data } }, { missing: `${missingScore}` });
  }
  return writeSafetensors({
    scores: { dtype: "float64", shape, data: scores },
    observed: { dtype: "uint8", shape, data: observed },
    ...(trials && { trials: { dtype: "float64", shape, data: trials } }),
  });
}
