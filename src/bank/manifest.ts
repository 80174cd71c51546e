import { z } from "zod";
import { parseJson } from "../formats/index.ts";
import { InputError } from "../input-error.ts";

/** Version of the folder's layout; a reader refuses what is newer than itself. */
export const bankVersion = 1;

const count = z.int().nonnegative();
const input = z.object({ name: z.string(), format: z.string(), bytes: count, sha256: z.string() });

const schema = z.object({
  format: z.literal("tripos-item-bank"),
  version: z.int().positive(),
  model: z.object({
    family: z.enum(["rasch", "1pl", "2pl", "3pl", "4pl", "graded", "gpcm"]),
    dims: z.int().positive(),
    categories: z.int().min(2).optional(),
    link: z.string(),
    parameters: z.array(z.string()),
    ability: z.object({ mean: z.array(z.number()), covariance: z.array(z.number()) }),
  }),
  items: count,
  subjects: count,
  method: z.enum(["mml", "variational", "given"]),
  scoring: z.enum(["hard", "score"]),
  thresholds: z.record(z.string(), z.number()).optional(),
  seed: z.number(),
  priors: z.record(z.string(), z.union([z.number(), z.string()])),
  candidates: z.array(
    z.object({
      family: z.string(),
      dims: z.int(),
      heldOut: z.number(),
      standardError: z.number(),
      behind: z.number().exactOptional(),
      behindSE: z.number().exactOptional(),
      chosen: z.boolean(),
    }),
  ),
  fit: z.record(z.string(), z.union([z.number().nullable(), z.array(z.number().nullable()).readonly()])),
  recalibration: z.record(z.string(), z.number()).optional(),
  warnings: z.array(z.string()),
  provenance: z.array(
    z.object({
      action: z.enum(["calibrate", "onto", "merge", "import"]),
      tripos: z.string(),
      inputs: z.array(input),
      items: count,
      subjects: count,
      bank: z.string().optional(),
      link: z
        .object({
          slope: z.union([z.number(), z.array(z.number()).readonly()]),
          shift: z.union([z.number(), z.array(z.number()).readonly()]),
        })
        .optional(),
    }),
  ),
  files: z.record(z.string(), z.object({ bytes: count, sha256: z.string() })),
  hash: z.string(),
});

/** The contents of `bank.json`. */
export type Manifest = z.infer<typeof schema>;

/** SHA-256 of bytes or of a text's UTF-8, hexadecimal. */
export async function sha256(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // A view of a SharedArrayBuffer is refused by the Web Crypto API.
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Hash of all that a manifest says and, through `files`, of all that lies beside it. */
export function contentHash({
  hash: _,
  ...rest
}: Manifest | (Omit<Manifest, "hash"> & { hash?: string })): Promise<string> {
  return sha256(JSON.stringify(sorted(rest)));
}

/** The value with its objects' keys in one order, so that a formatter that moves them changes no hash. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}

/**
 * Reads `bank.json`.
 * @throws InputError for another kind of file, a newer version, a missing or wrong field
 */
export function parseManifest(text: string, source: string): Manifest {
  const value = parseJson(text, source) as Partial<Manifest> | null;
  if (value?.format !== "tripos-item-bank")
    throw new InputError("this is not an item bank", {
      source,
      field: "format",
      expected: '"tripos-item-bank"',
    });
  if (typeof value.version === "number" && value.version > bankVersion)
    throw new InputError(
      `the bank was written by a newer Tripos (its version is ${value.version}, this one reads up to ${bankVersion}): update Tripos to read it.`,
      { source },
    );
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError("the bank's description is broken", {
    source,
    field: issue.path.join("."),
    found: issue.message,
    hint: "Take the bank from a backup, or calibrate again.",
  });
}
