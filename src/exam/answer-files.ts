import { memorySource, readText, type Source } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { type ReadResponsesOptions, readResponses } from "../responses/index.ts";
import { matchAnswers } from "./answers.ts";
import type { Answers } from "./score.ts";
import { mixedSittings, type RecordedSitting, sittingsIn } from "./sittings.ts";
import { tallyOf } from "./tally.ts";

/** What answers must fit. */
export interface AnsweredBank {
  readonly items: readonly string[];
  /** {@link itemsHash} of the bank. */
  readonly hash: string;
  /** Any score above 0 counts as right. */
  readonly hard: boolean;
}

/** Answers found in files, with what the user should know of them. */
export interface FoundAnswers {
  readonly answers: readonly Answers[];
  readonly notes: readonly string[];
}

export interface ReadAnswersOptions extends ReadResponsesOptions {
  readonly ignoreUnknown?: boolean;
  /** Answers of one subject to different exams, or with different settings, are to count as one. */
  readonly pooled?: boolean;
}

/**
 * Reads answers in any supported format. A file of lines that was cut off in the middle of one counts up to there.
 *
 * @throws InputError for answers to an exam of another bank, for those of one subject taken with different settings
 *   unless `pooled`, and for questions that the bank does not have unless `ignoreUnknown`
 */
export async function readAnswers(
  sources: readonly Source[],
  { items, hash, hard }: AnsweredBank,
  { ignoreUnknown = false, pooled = false, ...options }: ReadAnswersOptions = {},
): Promise<FoundAnswers> {
  const notes: string[] = [];
  const whole = await Promise.all(
    sources.map((source) => wholeLines(source, hash, (note) => notes.push(note))),
  );
  const sittings = (
    await Promise.all(
      whole.map(async (source) => (isLines(source) ? sittingsIn(await readText(source), source.name) : [])),
    )
  ).flat();
  const mixed = mixedSittings(sittings);
  if (mixed && !pooled) throw mixed;
  if (mixed) notes.push(`${mixed.message.split("\n")[0]}; they count as one`);
  const { matrix, counts, warnings } = await readResponses(whole, { ...options, hard });
  notes.push(...warnings);
  if (counts.duplicates > 0)
    notes.push(
      `${counts.duplicates} questions were answered again; ${options.repeats === "first" ? "the first answer" : "the mean of the answers"} counts`,
    );
  const { answers, unknown } = matchAnswers(matrix, items, sources.map(({ name }) => name).join(", "), {
    ignoreUnknown,
  });
  if (unknown.length > 0) notes.push(`${unknown.length} questions that the bank does not have were left out`);
  return { answers: answers.map((own) => withTally(own, sittings)), notes };
}

/** The answers with what `exam take` recorded of them. */
function withTally(answers: Answers, sittings: readonly RecordedSitting[]): Answers {
  const lines = sittings.flatMap((sitting) => (sitting.subject === answers.subject ? sitting.lines : []));
  return lines.length > 0 ? { ...answers, tally: tallyOf(lines) } : answers;
}

function isLines({ name }: Source): boolean {
  return /\.jsonl$/.test(name);
}

async function wholeLines(source: Source, hash: string, note: (text: string) => void): Promise<Source> {
  if (!isLines(source)) return source;
  const text = await readText(source);
  const end = text.lastIndexOf("\n") + 1;
  const tail = text.slice(end);
  let kept = text;
  if (tail.trim() !== "")
    try {
      JSON.parse(tail);
    } catch {
      kept = text.slice(0, end);
      note(
        `${source.name}: the last line is cut off and was left out (${tail.length} characters); the others count`,
      );
    }
  const bank = /"bank"\s*:\s*"([0-9a-f]{12,64})"/.exec(
    kept.slice(0, kept.indexOf("\n") + 1 || undefined),
  )?.[1];
  if (bank !== undefined && !hash.startsWith(bank) && !bank.startsWith(hash))
    throw new InputError("these answers are to an exam of another bank", {
      source: source.name,
      field: "bank",
      found: bank.slice(0, 12),
      expected: hash.slice(0, 12),
    });
  return memorySource(source.name, kept);
}
