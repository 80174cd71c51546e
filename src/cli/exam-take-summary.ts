import type { Sitting } from "../exam/index.ts";

/** What came of taking an exam, as one JSON object. */
export function sittingJson({ noted, ...sitting }: Sitting, out: string): object {
  const itemsWith = (kind: string) => noted.filter(({ note }) => note === kind).map(({ item }) => item);
  return { ...sitting, empty: itemsWith("empty"), unparsed: itemsWith("unparsed"), out };
}

/** The same for people. */
export function sittingText(
  { questions, before, asked, failed, noted, promptTokens, completionTokens, cost }: Sitting,
  { out, empty, unparsed }: { readonly out: string; readonly empty: string; readonly unparsed: string },
): string {
  return [
    `${asked} questions asked${before > 0 ? `, ${before} answered before` : ""}, ${questions} in all; answers in ${out}`,
    ...(promptTokens + completionTokens > 0
      ? [`${promptTokens} tokens in, ${completionTokens} out${cost === null ? "" : `, $${cost.toFixed(4)}`}`]
      : []),
    ...noted.map(({ item, note, output }) =>
      note === "empty"
        ? `! ${item}: empty answer, counted as ${empty}`
        : `! ${item}: no answer found, counted as ${unparsed}: ${JSON.stringify(output.slice(0, 100))}`,
    ),
    ...failed.map(({ item, reason }) => `! ${item}: not answered: ${reason}`),
    ...(failed.length > 0 ? [`Take it again with --resume for the ${failed.length} that are missing.`] : []),
  ].join("\n");
}
