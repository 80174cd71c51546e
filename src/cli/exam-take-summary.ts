import { type Sitting, tallyText, tallyWarnings, unreadGroups } from "../exam/index.ts";

/** Answers without a reading that are listed, those alike as one. */
const shown = 5;

/** What came of taking an exam, as one JSON object. */
export function sittingJson({ noted, ...sitting }: Sitting, out: string): object {
  const itemsWith = (kind: string) => noted.filter(({ note }) => note === kind).map(({ item }) => item);
  return {
    ...sitting,
    empty: itemsWith("empty"),
    unparsed: itemsWith("unparsed"),
    warnings: tallyWarnings(sitting.tally),
    out,
  };
}

/** The same for people. */
export function sittingText(
  { questions, before, asked, failed, noted, tally, promptTokens, completionTokens, cost }: Sitting,
  { out, empty, unparsed }: { readonly out: string; readonly empty: string; readonly unparsed: string },
): string {
  const groups = unreadGroups(noted);
  const others = groups.slice(shown).reduce((sum, group) => sum + group.length, 0);
  return [
    `${asked} questions asked${before > 0 ? `, ${before} answered before` : ""}, ${questions} in all; answers in ${out}`,
    ...(promptTokens + completionTokens > 0
      ? [`${promptTokens} tokens in, ${completionTokens} out${cost === null ? "" : `, $${cost.toFixed(4)}`}`]
      : []),
    tallyText(tally),
    ...groups.slice(0, shown).map((group) => {
      const [{ note, output }] = group;
      const items = listed(group.map(({ item }) => item));
      return note === "empty"
        ? `! ${items}: empty answer, counted as ${empty}`
        : `! ${items}: no answer found, counted as ${unparsed}: ${JSON.stringify(output.slice(0, 100))}`;
    }),
    ...(others > 0 ? [`! ${others} more answers like these; all are in ${out}`] : []),
    ...tallyWarnings(tally).map((warning) => `! ${warning}`),
    ...failed.map(({ item, reason }) => `! ${item}: not answered: ${reason}`),
    ...(failed.length > 0 ? [`Take it again with --resume for the ${failed.length} that are missing.`] : []),
  ].join("\n");
}

function listed(items: readonly string[]): string {
  if (items.length === 1) return items[0];
  return `${items.length} questions (${items.slice(0, 3).join(", ")}${items.length > 3 ? ", …" : ""})`;
}
