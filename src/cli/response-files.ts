import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import type { BankInput } from "../bank/index.ts";
import { sourcesAt } from "../files/index.ts";
import { chunksOf } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { type RepeatRule, type ResponseMatrix, readResponses } from "../responses/index.ts";

/** How scores are read: right or wrong (> 0), or as the number that they are. */
export type Scoring = "hard" | "score";

/** Responses of all files given on a command line as one matrix, and what the user should know of them. */
export interface ResponseFiles {
  readonly matrix: ResponseMatrix;
  /** As `FILE:hard` or `FILE:score` said; undefined where no file said. */
  readonly scoring?: Scoring;
  readonly inputs: readonly BankInput[];
  /** A line a file: its format and how many responses it gave. */
  readonly summary: string;
}

/**
 * Reads FILE… of a command line, `FILE:hard` and `FILE:score` included.
 * @throws InputError for a file that cannot be read, or two that are to be scored differently
 */
export async function readResponseFiles(
  files: readonly string[],
  options: { readonly repeats?: RepeatRule } = {},
): Promise<ResponseFiles> {
  const asked = files.map(withScoring);
  const scorings = [...new Set(asked.map(({ scoring }) => scoring))];
  if (scorings.length > 1)
    throw new InputError("the files of one bank are scored in one way", {
      found: asked.map(({ path, scoring }) => `${path}${scoring ? `:${scoring}` : ""}`).join(" "),
      expected: "the same :hard or :score after each, or none",
    });
  const [scoring] = scorings;
  const sources = await sourcesAt(asked.map(({ path }) => path));
  const { matrix, files: read, counts, warnings, skipped } = await readResponses(sources, options);
  for (const warning of warnings) process.stderr.write(`tripos: ${warning}\n`);
  if (skipped.length > 0)
    process.stderr.write(
      `tripos: ${skipped.length} files of unknown format left out, such as ${skipped[0]}\n`,
    );
  const inputs: BankInput[] = [];
  for (const { source, format } of read) {
    const bytes = sources.find(({ name }) => name === source)!;
    const hash = createHash("sha256");
    for await (const chunk of chunksOf(bytes)) hash.update(chunk);
    inputs.push({ name: source, format, bytes: bytes.byteLength, sha256: hash.digest("hex") });
  }
  const lines = read.map(({ source, title, responses }) => `${source}: ${title}, ${responses} responses`);
  lines.push(
    `${counts.subjects} subjects, ${counts.items} items, ${counts.responses} responses, ${counts.missing} missing, ${counts.duplicates} duplicates`,
  );
  return { matrix, ...(scoring && { scoring }), inputs, summary: lines.join("\n") };
}

function withScoring(argument: string): { path: string; scoring?: Scoring } {
  const match = /^(.+):(hard|score)$/.exec(argument);
  return match && !existsSync(argument)
    ? { path: match[1], scoring: match[2] as Scoring }
    : { path: argument };
}
