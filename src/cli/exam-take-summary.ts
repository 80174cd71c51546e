import { type Failure, type Sitting, tallyText, tallyWarnings, unreadGroups } from "../exam/index.ts";

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
  { questions, before, asked, failed, noted, tally, ...spent }: Sitting,
  { out, empty, unparsed }: { readonly out: string; readonly empty: string; readonly unparsed: string },
): string {
  const groups = unreadGroups(noted);
  const others = groups.slice(shown).reduce((sum, group) => sum + group.length, 0);
  const left = failed.filter(({ kind }) => kind !== "missing");
  return [
    `${asked} questions asked${before > 0 ? `, ${before} answered before` : ""}, ${questions} in all; answers in ${out}`,
    ...spentText(spent),
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
    ...failed.map(({ item, reason, kind }) => `! ${item}: ${failures[kind]}: ${reason}`),
    ...(left.length > 0 ? [`Take it again with --resume for the ${left.length} that are missing.`] : []),
  ].join("\n");
}

const failures: Readonly<Record<Failure["kind"], string>> = {
  unanswered: "not answered",
  ungraded: "answered and kept, not graded",
  missing: "refused, counted as missing",
};

function spentText({
  promptTokens,
  completionTokens,
  cost,
  judge,
}: Pick<Sitting, "promptTokens" | "completionTokens" | "cost" | "judge">): string[] {
  const dollars = (amount: number | null, before = "") =>
    amount === null ? "" : `, ${before}$${amount.toFixed(4)}`;
  const own = `${promptTokens} tokens in, ${completionTokens} out`;
  if (!judge) return promptTokens + completionTokens > 0 ? [`${own}${dollars(cost)}`] : [];
  const unpriced = cost !== null && judge.cost === null ? " (not in the cost: give --judge-price)" : "";
  return [
    `${own}; the judge ${judge.promptTokens} in, ${judge.completionTokens} out${dollars(judge.cost)}${unpriced}${dollars(cost, "in all ")}`,
  ];
}

function listed(items: readonly string[]): string {
  if (items.length === 1) return items[0];
  return `${items.length} questions (${items.slice(0, 3).join(", ")}${items.length > 3 ? ", …" : ""})`;
}
