/** An answer as far as it is counted; files may hold anything. */
interface Counted {
  readonly score?: unknown;
  readonly note?: unknown;
  readonly finish?: unknown;
}

/** What graded answers came to; right, partial, wrong and missing add up to them all. */
export interface Tally {
  readonly answers: number;
  /** Score 1. */
  readonly right: number;
  /** A score between 0 and 1. */
  readonly partial: number;
  /** Score 0. */
  readonly wrong: number;
  /** No score: left out of the accuracy. */
  readonly missing: number;
  /** Those of the wrong or missing ones in which the grader found nothing. */
  readonly unparsed: number;
  /** Empty or unparsed ones that the bound on their length cut off. */
  readonly truncated: number;
  /** Mean score of the answers that have one; null where none has. */
  readonly accuracy: number | null;
}

/** Above this share of unread answers a score says more of the prompt or the grader than of the model. */
const suspicious = 0.2;

export function tallyOf(answers: readonly Counted[]): Tally {
  const scores = answers.flatMap(({ score }) => (typeof score === "number" ? [score] : []));
  const right = scores.filter((score) => score === 1).length;
  const wrong = scores.filter((score) => score === 0).length;
  return {
    answers: answers.length,
    right,
    partial: scores.length - right - wrong,
    wrong,
    missing: answers.length - scores.length,
    unparsed: answers.filter(({ note }) => note === "unparsed").length,
    truncated: answers.filter(
      ({ note, finish }) => (note === "unparsed" || note === "empty") && finish === "length",
    ).length,
    accuracy: scores.length > 0 ? scores.reduce((sum, x) => sum + x, 0) / scores.length : null,
  };
}

/** One line for people: "12 right, 6 wrong, 2 missing; accuracy 66.7 %". */
export function tallyText({ right, partial, wrong, missing, unparsed, accuracy }: Tally): string {
  const counts = [
    `${right} right`,
    ...(partial > 0 ? [`${partial} partly right`] : []),
    `${wrong} wrong`,
    `${missing} missing`,
  ];
  const mean = accuracy === null ? "no accuracy" : `accuracy ${(100 * accuracy).toFixed(1)} %`;
  return `${counts.join(", ")} (${unparsed} of them unparsed); ${mean}`;
}

/** Why the answers may say little about the model; empty where nearly all were read. */
export function tallyWarnings({ answers, missing, unparsed, truncated }: Tally): string[] {
  const found: string[] = [];
  if (unparsed > 0)
    found.push(
      unparsed >= suspicious * answers
        ? `In ${unparsed} of ${answers} answers the grader found nothing (unparsed): this is no measure of the model. Look at the outputs, mend the prompt or the grader, and take the exam again.`
        : `In ${unparsed} of ${answers} answers the grader found nothing (unparsed).`,
    );
  if (truncated > 0)
    found.push(
      `${truncated} of ${answers} answers were cut off before they came to an answer (finish "length"): allow more with --max-tokens.`,
    );
  if (missing > 0)
    found.push(
      `${missing} of ${answers} answers are missing, and left out${missing >= suspicious * answers ? ": those that are there may be the easier ones" : ""}.`,
    );
  return found;
}

/** Answers that were not read, those alike together, the most frequent first. */
export function unreadGroups<A extends { readonly note?: string; readonly output: string }>(
  answers: readonly A[],
): A[][] {
  const groups = new Map<string, A[]>();
  for (const answer of answers) {
    if (!answer.note) continue;
    const key = `${answer.note}:${answer.output.trim()}`;
    const alike = groups.get(key);
    if (alike) alike.push(answer);
    else groups.set(key, [answer]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}
