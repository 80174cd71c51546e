import { isRowName } from "../responses/index.ts";

/**
 * Says on standard error when subjects of two files are taken to be the same only because each was named after its row:
 * a table without a column of names does not say who answered.
 */
export function warnOfRowNames(
  known: { readonly subjects: readonly string[] },
  added: { readonly subjects: readonly string[] },
): void {
  const names = new Set(known.subjects.filter(isRowName));
  const common = added.subjects.filter((name) => names.has(name));
  if (common.length === 0) return;
  process.stderr.write(
    `tripos: ${common.length} subjects without a name in either file (${common[0]}, …) are taken to be the same people in the same order; add a column of names if they are not\n`,
  );
}
