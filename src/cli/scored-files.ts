import { createHash } from "node:crypto";
import { basename } from "node:path";
import { type BankInput, majority } from "../bank/index.ts";
import { sourcesAt } from "../files/index.ts";
import { chunksOf } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { matrixOfRows, type ResponseMatrix } from "../responses/index.ts";
import { counted } from "./counted.ts";
import { type ResponseFileOptions, readResponseFiles } from "./responses.ts";
import { type Scoring, withScoring } from "./scoring-suffix.ts";

/** Responses of all FILE[:hard|:score] of a command line as one matrix. */
export interface ScoredFiles {
  readonly matrix: ResponseMatrix;
  /** The same responses as right or wrong, where answers given several times are right if at least half of them are. */
  readonly rightOrWrong: () => Promise<ResponseMatrix>;
  /** As the suffixes said; undefined where none did. */
  readonly scoring?: Scoring;
  readonly inputs: readonly BankInput[];
  /** Does something with the matrix; an error that knows subject and item only names the files, too. */
  readonly naming: <T>(use: () => T | Promise<T>) => Promise<T>;
  /** A line a file, and one of counts. */
  readonly summary: string;
}

/**
 * Reads FILE… of a command line, `FILE:hard` and `FILE:score` included.
 * @throws InputError for a file that cannot be read, or two that are to be scored differently
 */
export async function readScoredFiles(
  files: readonly string[],
  options: ResponseFileOptions,
): Promise<ScoredFiles> {
  const asked = files.map(withScoring);
  const scorings = [...new Set(asked.map(({ scoring }) => scoring))];
  if (scorings.length > 1)
    throw new InputError("the files of one bank are scored in one way", {
      found: files.join(" "),
      expected: "the same :hard or :score after each, or none",
    });
  const [scoring] = scorings;
  const paths = asked.map(({ path }) => path);
  const { table, rows, files: read, counts, skipped } = await readResponseFiles(paths, options);
  if (skipped.length > 0)
    process.stderr.write(
      `tripos: ${skipped.length} files of unknown format left out, such as ${skipped[0]}\n`,
    );
  const sources = new Map((await sourcesAt(paths)).map((source) => [source.name, source]));
  const inputs: BankInput[] = [];
  for (const { source, format } of read) {
    const bytes = sources.get(source)!;
    const hash = createHash("sha256");
    for await (const chunk of chunksOf(bytes)) hash.update(chunk);
    inputs.push({ name: basename(source), format, bytes: bytes.byteLength, sha256: hash.digest("hex") });
  }
  const { subjects, items, responses, missing, duplicates } = counts;
  const lines = read.map((file) => `${file.source}: ${file.title}, ${counted(file.responses, "response")}`);
  lines.push(
    `${counted(subjects, "subject")}, ${counted(items, "item")}, ${counted(responses, "response")}, ${missing} missing, ${counted(duplicates, "duplicate")}`,
  );
  const matrix = matrixOfRows(table, rows);
  return {
    matrix,
    rightOrWrong: async () => {
      const repeated = options.repeats !== "first" && (duplicates > 0 || matrix.trials?.some((n) => n > 1));
      if (!repeated) return matrix;
      process.stderr.write(
        "tripos: some items were answered several times: right where at least half of a subject's answers are (--scoring score takes their mean)\n",
      );
      if (duplicates === 0) return majority(matrix);
      const again = await readResponseFiles(paths, { ...options, repeats: "count", hard: true });
      return majority(matrixOfRows(again.table, again.rows));
    },
    ...(scoring && { scoring }),
    inputs,
    naming: async (use) => {
      try {
        return await use();
      } catch (error) {
        if (!(error instanceof InputError) || error.problem.source || !error.problem.at) throw error;
        const shown = read.slice(0, 3).map(({ source }) => source);
        const source = [...shown, ...(read.length > 3 ? [`${read.length - 3} more`] : [])].join(", ");
        throw new InputError(error.summary, { ...error.problem, source });
      }
    },
    summary: lines.join("\n"),
  };
}
