import { gunzip, isJson, memorySource, readText, type Source } from "../formats/index.ts";
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
  const read = await Promise.all(
    sources.map((source) => readAnswerFile(source, hash, (note) => notes.push(note))),
  );
  const sittings = read.flatMap(({ sittings }) => sittings);
  const mixed = mixedSittings(sittings);
  if (mixed && !pooled) throw mixed;
  if (mixed) notes.push(`${mixed.message.split("\n")[0]}; they count as one`);
  const { repeats = "mean" } = options;
  const { matrix, counts, warnings } = await readResponses(
    read.map(({ source }) => source),
    { ...options, hard },
  );
  notes.push(...warnings);
  if (counts.duplicates > 0)
    notes.push(
      `${counts.duplicates} questions were answered again; ${repeatRules[repeats]} counts (--repeats ${repeats})`,
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

const repeatRules = {
  mean: "the mean of the answers",
  first: "the first answer",
  count: "the number right among the answers",
  error: "none of them",
};

interface AnswerFile {
  readonly source: Source;
  readonly sittings: readonly RecordedSitting[];
}

/** JSON lines are known by their name or by a first line that is an object for itself. */
async function readAnswerFile(
  given: Source,
  hash: string,
  note: (text: string) => void,
): Promise<AnswerFile> {
  const head = new Uint8Array(await given.slice(0, Math.min(64, given.byteLength)));
  const source = (await gunzip(given, head)) ?? given;
  const named = /\.(jsonl|ndjson)$/.test(source.name);
  if (!named && !(await beginsAsObject(source))) return { source, sittings: [] };
  const text = await readText(source);
  if (!named && !isJson(text.slice(0, text.indexOf("\n") + 1 || undefined))) return { source, sittings: [] };
  const kept = wholeLines(text, source.name, note);
  for (const [, bank] of kept.matchAll(/"bank"\s*:\s*"([0-9a-f]{12,64})"/g))
    if (!hash.startsWith(bank) && !bank.startsWith(hash))
      throw new InputError("these answers are to an exam of another bank", {
        source: source.name,
        field: "bank",
        found: bank.slice(0, 12),
        expected: hash.slice(0, 12),
      });
  return { source: memorySource(source.name, kept), sittings: sittingsIn(kept, source.name) };
}

async function beginsAsObject(source: Source): Promise<boolean> {
  const head = new TextDecoder().decode(await source.slice(0, Math.min(64, source.byteLength)));
  return /^\uFEFF?\s*\{/.test(head);
}

function wholeLines(text: string, name: string, note: (text: string) => void): string {
  const end = text.lastIndexOf("\n") + 1;
  const tail = text.slice(end);
  if (tail.trim() === "" || isJson(tail)) return text;
  note(`${name}: the last line is cut off and was left out (${tail.length} characters); the others count`);
  return text.slice(0, end);
}
