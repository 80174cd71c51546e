import { readSafetensors } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import type { ItemParameters } from "../irt/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type ItemBank, parameterNames } from "./bank.ts";
import { readColumns } from "./columns.ts";
import { missingScore } from "./encode.ts";
import { contentHash, type Manifest, parseManifest, sha256 } from "./manifest.ts";

/** A bank as read, and what the user should know about it. */
export interface LoadedBank {
  readonly bank: ItemBank;
  /** SHA-256 of the whole content, as `bank.json` has it. */
  readonly hash: string;
  /** Sentences such as "items.parquet was changed after Tripos wrote it"; empty for a bank as written. */
  readonly warnings: readonly string[];
}

/**
 * Reads an item bank from its files; `readFolder` of tripos/node fetches them.
 * @param source name of the folder, for messages
 * @throws InputError for a file that is missing or broken, a newer version, columns that contradict each other
 */
export async function decodeBank(
  files: ReadonlyMap<string, Uint8Array>,
  source: string,
): Promise<LoadedBank> {
  const json = files.get("bank.json");
  if (!json)
    throw new InputError("this is not an item bank", { source, expected: "a folder with bank.json" });
  const manifest = parseManifest(new TextDecoder().decode(json), `${source}/bank.json`);
  const warnings = await changes(manifest, files);
  const file = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (!bytes)
      throw new InputError("a file of the bank is missing", {
        source: `${source}/${name}`,
        hint: "Copy the whole folder.",
      });
    return bytes;
  };
  const table = async (name: string, rows: number) =>
    new Table(await readColumns(file(name), `${source}/${name}`), rows, `${source}/${name}`);

  const itemTable = await table("items.parquet", manifest.items);
  const subjectTable = await table("subjects.parquet", manifest.subjects);
  const parameters = parametersOf(manifest, itemTable, `${source}/bank.json`);
  const { dims } = manifest.model;
  const size = parameterNames(parameters).length;
  const covariances = tensors(file("covariances.safetensors"), `${source}/covariances.safetensors`);
  const items = itemTable.texts("item");
  const subjects = subjectTable.texts("subject");
  const optional = (name: "text" | "scenario" | "subscenario") =>
    itemTable.columns.has(name) ? { [`${name}s`]: itemTable.texts(name) } : {};
  const labels: Pick<ItemBank, "texts" | "scenarios" | "subscenarios"> = {
    ...optional("text"),
    ...optional("scenario"),
    ...optional("subscenario"),
  };
  const responses = "responses.safetensors" in manifest.files ? file("responses.safetensors") : undefined;
  const bank: ItemBank = {
    items,
    subjects,
    parameters,
    covariance: covariances.float64("items", [manifest.items, size, size]),
    abilities: {
      dims,
      ability: interleave(Array.from({ length: dims }, (_, k) => subjectTable.finite(`ability_${k + 1}`))),
      covariance: covariances.float64("subjects", [manifest.subjects, dims, dims]),
    },
    latent: {
      mean: Float64Array.from(manifest.model.ability.mean),
      covariance: Float64Array.from(manifest.model.ability.covariance),
    },
    ...labels,
    itemFit: itemTable.statistics(),
    subjectFit: subjectTable.statistics(),
    flags: itemTable.texts("flags").map((flags) => (flags ? flags.split("; ") : [])),
    origins: Uint32Array.from(itemTable.numbers("origin")),
    method: manifest.method,
    scoring: manifest.scoring,
    ...(manifest.thresholds && { thresholds: manifest.thresholds }),
    seed: manifest.seed,
    priors: manifest.priors,
    candidates: manifest.candidates,
    fit: manifest.fit,
    ...(manifest.recalibration && { recalibration: manifest.recalibration }),
    warnings: manifest.warnings,
    provenance: manifest.provenance as ItemBank["provenance"],
    ...(responses && {
      responses: {
        ...decodeResponses(responses, `${source}/responses.safetensors`, subjects, items),
        ...labels,
      },
    }),
  };
  return { bank, hash: manifest.hash, warnings };
}

async function changes(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const changed: string[] = [];
  if ((await contentHash(manifest)) !== manifest.hash) changed.push("bank.json");
  for (const [name, { sha256: expected }] of Object.entries(manifest.files)) {
    const bytes = files.get(name);
    if (bytes && (await sha256(bytes)) !== expected) changed.push(name);
  }
  return changed.map(
    (name) =>
      `${name} was changed after Tripos wrote it (its hash differs): its numbers are not those of the calibration.`,
  );
}

function parametersOf({ model }: Manifest, table: Table, source: string): ItemParameters {
  const { family, dims, categories } = model;
  const named = (prefix: string) => model.parameters.filter((name) => name.startsWith(prefix));
  const asymptotes = { "3pl": ["guessing"], "4pl": ["guessing", "upper"] }[family as string] ?? [];
  const told = ["guessing", "upper"].filter((name) => named(name).length > 0);
  if (told.join() !== asymptotes.join() || named("discrimination_").length !== dims)
    throw new InputError("the bank's model and its parameters contradict each other", {
      source,
      found: `${family}, dims ${dims}, with ${model.parameters.join(", ")}`,
      expected: `discriminations 1 to ${dims}${asymptotes.map((name) => `, ${name}`).join("")}${asymptotes.length === 0 ? " and no asymptotes" : ""}`,
    });
  const all = (prefix: string) => interleave(named(prefix).map((name) => table.finite(name)));
  return {
    family,
    dims,
    discrimination: all("discrimination_"),
    intercept: all("intercept"),
    ...(named("guessing").length > 0 && { guessing: all("guessing") }),
    ...(named("upper").length > 0 && { upper: all("upper") }),
    ...(categories && { categories }),
  };
}

/** Columns of equal length as one array, row by row. */
function interleave(columns: readonly Float64Array[]): Float64Array {
  const rows = columns[0]?.length ?? 0;
  const out = new Float64Array(rows * columns.length);
  columns.forEach((column, c) => {
    for (let r = 0; r < rows; r++) out[r * columns.length + c] = column[r];
  });
  return out;
}

function decodeResponses(
  bytes: Uint8Array,
  source: string,
  subjects: readonly string[],
  items: readonly string[],
): ResponseMatrix {
  const file = tensors(bytes, source);
  const shape = [subjects.length, items.length];
  if (file.has("responses")) {
    const data = file.uint8("responses", shape);
    return {
      subjects,
      items,
      scores: Float64Array.from(data, (score) => (score === missingScore ? 0 : score)),
      observed: data.map((score) => (score === missingScore ? 0 : 1)),
    };
  }
  return {
    subjects,
    items,
    scores: file.float64("scores", shape),
    observed: file.uint8("observed", shape),
    ...(file.has("trials") && { trials: file.float64("trials", shape) }),
  };
}

/** Tensors of known type and shape from a safetensors file. */
function tensors(bytes: Uint8Array, source: string) {
  const { tensors: all } = readSafetensors(bytes, source);
  const fetch = (name: string, dtype: string, shape: readonly number[]) => {
    const array = all.get(name);
    const found = array ? `${array.dtype} [${array.shape}]` : "no such tensor";
    if (found !== `${dtype} [${shape}]`)
      throw new InputError("the file does not belong to this bank", {
        source,
        field: name,
        found,
        expected: `${dtype} [${shape}]`,
      });
    return array!.data;
  };
  return {
    has: (name: string) => all.has(name),
    float64: (name: string, shape: readonly number[]) => fetch(name, "float64", shape) as Float64Array,
    uint8: (name: string, shape: readonly number[]) => fetch(name, "uint8", shape) as Uint8Array,
  };
}

/** A Parquet table whose columns are asked for by name and type. */
class Table {
  readonly columns: ReadonlyMap<string, unknown[]>;
  readonly #rows: number;
  readonly #source: string;

  constructor(columns: ReadonlyMap<string, unknown[]>, rows: number, source: string) {
    this.columns = columns;
    this.#rows = rows;
    this.#source = source;
  }

  numbers(name: string): Float64Array {
    return Float64Array.from(this.#column(name, "numbers"), (value) =>
      typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : Number.NaN,
    );
  }

  /** As {@link numbers}, of which every one must be there: an estimate is never NaN. */
  finite(name: string): Float64Array {
    const values = this.numbers(name);
    const row = values.findIndex((value) => !Number.isFinite(value));
    if (row < 0) return values;
    throw new InputError("a number is missing", {
      source: this.#source,
      at: `row ${row + 1}`,
      field: name,
      found: String(this.#column(name, "numbers")[row]),
      expected: "a finite number",
      hint: "The file was not written like this by Tripos: take it from a copy of the bank, or calibrate again.",
    });
  }

  texts(name: string): string[] {
    return this.#column(name, "text").map((value) => (typeof value === "string" ? value : ""));
  }

  /** Every column named `fit_…`, under its name without that. */
  statistics(): Record<string, Float64Array> {
    const names = [...this.columns.keys()].filter((name) => name.startsWith("fit_"));
    return Object.fromEntries(names.map((name) => [name.slice(4), this.numbers(name)]));
  }

  #column(name: string, expected: string): unknown[] {
    const column = this.columns.get(name);
    if (column?.length === this.#rows) return column;
    throw new InputError("a column is missing or has the wrong length", {
      source: this.#source,
      field: name,
      found: column ? `${column.length} rows` : "no such column",
      expected: `${this.#rows} rows of ${expected}`,
    });
  }
}
