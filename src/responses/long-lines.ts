import { InputError, show } from "../input-error.ts";
import {
  costOfTokens,
  isObject,
  type JsonLinesFormat,
  type JsonObject,
  numberOrNaN,
  type Reading,
  textOrNone,
} from "./format.ts";
import { type LongColumns, longColumns } from "./long.ts";

const reading = (
  value: JsonObject,
  of: Pick<Reading, "options" | "source">,
): [string[], LongColumns | undefined] => {
  const fields = Object.keys(value);
  return [fields, longColumns(fields, of as Reading)];
};

/** One response a line as a JSON object with the fields of a long table: subject, item, score. */
export const longLines: JsonLinesFormat = {
  name: "jsonl",
  title: "JSON lines (one response a line)",
  matches: (first) =>
    isObject(first) &&
    reading(first, {
      options: {},
      source: { name: "", byteLength: 0, slice: async () => new ArrayBuffer(0) },
    })[1] !== undefined,
  open({ source, table, options }) {
    return (value, line) => {
      const [fields, columns] = isObject(value) ? reading(value, { options, source }) : [[], undefined];
      if (!isObject(value) || columns === undefined)
        throw new InputError("the line is no response", {
          source: source.name,
          at: `line ${line}`,
          found: show(value),
          expected: "subject, item and score",
        });
      const cell = (at: number | undefined): unknown => (at === undefined ? undefined : value[fields[at]]);
      const name = (at: number): string => {
        const given = cell(at);
        if ((typeof given === "string" && given !== "") || typeof given === "number") return String(given);
        throw new InputError("the name cannot be used", {
          source: source.name,
          at: `line ${line}`,
          field: fields[at],
          found: show(given),
          expected: "a text or a number",
        });
      };
      const score = cell(columns.score);
      if (score !== null && Number.isNaN(numberOrNaN(score)))
        throw new InputError("the score is not a number", {
          source: source.name,
          at: `line ${line}`,
          field: fields[columns.score],
          found: show(score),
        });
      const trials = columns.trials === undefined ? 1 : numberOrNaN(cell(columns.trials));
      const cost = numberOrNaN(cell(columns.cost));
      if (!(trials >= 1) || cost < 0)
        throw new InputError("the response cannot be used", {
          source: source.name,
          at: `line ${line}`,
          found: `trials ${show(cell(columns.trials))}, cost ${show(cell(columns.cost))}`,
          expected: "trials ≥ 1, cost ≥ 0",
        });
      table.addNamed(
        name(columns.subject),
        name(columns.item),
        numberOrNaN(score),
        {
          text: textOrNone(cell(columns.text)),
          scenario: textOrNone(cell(columns.scenario)),
          subscenario: textOrNone(cell(columns.subscenario)),
        },
        trials,
        costOfTokens(
          options,
          String(cell(columns.subject)),
          numberOrNaN(cell(columns.inputTokens)),
          numberOrNaN(cell(columns.outputTokens)),
          cost,
        ),
      );
    };
  },
};
