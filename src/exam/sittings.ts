import { InputError } from "../input-error.ts";
import { type AnswerLine, settledLines } from "./answer-lines.ts";
import type { ExamSettings } from "./exam-settings.ts";

/** The answers of one subject under one hash of settings in one file, as `takeExam` recorded them. */
export interface RecordedSitting {
  readonly source: string;
  readonly subject: string;
  readonly settings: string;
  /** The settings themselves, which the first line of a file holds. */
  readonly taken?: ExamSettings;
  readonly lines: readonly Partial<AnswerLine>[];
}

/** The sittings in a file of JSON lines; none where `takeExam` did not write them. */
export function sittingsIn(text: string, source: string): RecordedSitting[] {
  if (!/"settings"\s*:\s*"[0-9a-f]{12,}"/.test(text)) return [];
  const rows = text.split("\n").filter((line) => line.trim() !== "");
  const found = new Map<string, Partial<AnswerLine>[]>();
  for (const row of rows) {
    const line = lineOf(row);
    if (line?.subject === undefined || line.settings === undefined) continue;
    const key = JSON.stringify([line.subject, line.settings]);
    const before = found.get(key);
    if (before) before.push(line);
    else found.set(key, [line]);
  }
  return [...found].map(([key, lines]) => {
    const [subject, settings] = JSON.parse(key) as [string, string];
    const taken = lines.find((line) => line.taken)?.taken;
    return { source, subject, settings, lines: settledLines(lines), ...(taken && { taken }) };
  });
}

/** Lines that are no JSON are refused by the reader of responses, with their place. */
function lineOf(row: string): Partial<AnswerLine> | undefined {
  try {
    return JSON.parse(row) as Partial<AnswerLine>;
  } catch {
    return undefined;
  }
}

/** Different exams, prompts or models under one name, told as the files and what differs. */
export function mixedSittings(sittings: readonly RecordedSitting[]): InputError | undefined {
  const first = new Map<string, RecordedSitting>();
  for (const sitting of sittings) {
    const other = first.get(sitting.subject);
    if (other && other.settings !== sitting.settings)
      return new InputError(`the answers of "${sitting.subject}" were taken with different settings`, {
        source: `${other.source}, ${sitting.source}`,
        field: "settings",
        found: difference(other, sitting),
        hint: "Score one file at a time, or name the subjects apart (exam take --name); to count them as one, say how with --repeats.",
      });
    first.set(sitting.subject, other ?? sitting);
  }
  return undefined;
}

function difference(a: RecordedSitting, b: RecordedSitting): string {
  const [one, two] = [a.taken, b.taken] as (Readonly<Record<string, unknown>> | undefined)[];
  const names = [...new Set([...Object.keys(one ?? {}), ...Object.keys(two ?? {})])];
  const parts = names.flatMap((name) => {
    const [x, y] = [one?.[name], two?.[name]].map((value) => JSON.stringify(value) ?? "none");
    if (!one || !two || x === y) return [];
    if (name === "exam") return ["another list of questions (fixed and adaptive, or two exams)"];
    if (name === "questions") return one.exam === two.exam ? ["other texts, answers or graders"] : [];
    return [`${name} ${short(x)} and ${short(y)}`];
  });
  return parts.length > 0
    ? parts.join("; ")
    : `settings ${a.settings.slice(0, 12)} and ${b.settings.slice(0, 12)}`;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}
