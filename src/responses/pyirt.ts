import { parsePythonJson } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";
import { isObject, type JsonLinesFormat } from "./format.ts";
import { emptyMatrix, type ResponseMatrix } from "./matrix.ts";

/** One line of py-irt's JSON lines. */
interface PyIrtLine {
  readonly subject_id: string;
  readonly responses: Readonly<Record<string, number | boolean | null>>;
}

/**
 * The subject and its responses that a line of py-irt's data holds.
 * @throws InputError naming line and field
 */
function checkedLine(content: unknown, source: string, number: number): PyIrtLine {
  const at = `line ${number}`;
  const value = content as Partial<PyIrtLine> | null;
  const wrong = (field: string, found: unknown, expected: string) =>
    new InputError("this is not a line of py-irt's data", {
      source,
      at,
      field,
      found: show(found),
      expected,
    });
  const subject = value?.subject_id as unknown;
  if (typeof subject !== "string" && typeof subject !== "number")
    throw wrong("subject_id", subject, 'a name, as in {"subject_id": "m", "responses": {"q0": 1}}');
  const responses = value?.responses;
  if (typeof responses !== "object" || responses === null || Array.isArray(responses))
    throw wrong("responses", responses, '{"q0": 1, "q1": 0, …}');
  for (const item in responses) {
    const score = responses[item] as unknown;
    if (typeof score !== "number" && typeof score !== "boolean" && score !== null)
      throw wrong(`responses.${item}`, score, "a number (null where there is no response)");
  }
  return { subject_id: String(subject), responses };
}

/**
 * Reads py-irt's JSON lines, `{"subject_id": "m", "responses": {"q0": 1, …}}` (https://github.com/nd-ball/py-irt).
 * Items that a subject does not list are missing; a subject on two lines keeps the later response.
 * @throws InputError naming line and field
 */
export function readPyIrt(text: string, source: string): ResponseMatrix {
  const lines = text
    .split("\n")
    .flatMap((line, i) =>
      line.trim() ? [checkedLine(parsePythonJson(line, `${source}, line ${i + 1}`), source, i + 1)] : [],
    );
  if (lines.length === 0)
    throw new InputError("the file is empty", { source, expected: "py-irt's JSON lines" });
  const subjects = new Map<string, number>();
  const items = new Map<string, number>();
  for (const { subject_id: subject, responses } of lines) {
    if (!subjects.has(subject)) subjects.set(subject, subjects.size);
    for (const item of Object.keys(responses)) if (!items.has(item)) items.set(item, items.size);
  }
  const matrix = emptyMatrix([...subjects.keys()], [...items.keys()]);
  for (const { subject_id: subject, responses } of lines)
    for (const [item, score] of Object.entries(responses)) {
      if (score === null) continue;
      const cell = subjects.get(subject)! * items.size + items.get(item)!;
      matrix.scores[cell] = Number(score);
      matrix.observed[cell] = 1;
    }
  return matrix;
}

/** py-irt's JSON lines of the observed responses, one subject a line. */
export function writePyIrt({ subjects, items, scores, observed }: ResponseMatrix): string {
  return subjects
    .map((subject, s) => {
      const responses: [string, number][] = [];
      for (let i = 0, cell = s * items.length; i < items.length; i++, cell++)
        if (observed[cell]) responses.push([items[i], scores[cell]]);
      return `${JSON.stringify({ subject_id: subject, responses: Object.fromEntries(responses) })}\n`;
    })
    .join("");
}

/** py-irt's data among other files. */
export const pyIrt: JsonLinesFormat = {
  name: "py-irt",
  title: "py-irt JSON lines",
  matches: (first) => isObject(first) && "subject_id" in first && isObject(first.responses),
  open({ source, table }) {
    return (value, line) => {
      const { subject_id: name, responses } = checkedLine(value, source.name, line);
      const subject = table.subjects.index(name);
      for (const item in responses)
        table.add(
          subject,
          table.items.index(item),
          responses[item] === null ? Number.NaN : Number(responses[item]),
        );
    };
  },
};
