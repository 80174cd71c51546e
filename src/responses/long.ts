import { InputError } from "../input-error.ts";
import { costOfTokens, type Reading } from "./format.ts";
import { costIn, plainName, type RowReader, scoreIn } from "./tabular.ts";

/** Positions of the columns of a long table in its header. */
export interface LongColumns {
  readonly subject: number;
  readonly item: number;
  readonly score: number;
  readonly trials?: number;
  readonly cost?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly scenario?: number;
  readonly subscenario?: number;
  readonly text?: number;
}

/** Usual names of each column, the more telling first. */
const usual = {
  subject:
    "subject subject_id model model_name model_id llm agent student student_id person person_id user user_id respondent examinee",
  item: "item item_id question_id problem_id instance_id sample_id task_id query_id prompt_id doc_id question problem task",
  score: "score response correct is_correct correctness grade result success passed reward accuracy value",
  trials: "trials",
  cost: "cost total_cost",
  inputTokens: "prompt_tokens input_tokens",
  outputTokens: "completion_tokens output_tokens",
  scenario: "scenario dataset benchmark eval_name",
  subscenario: "subscenario subset subtask category",
  text: "text question_text prompt question query input",
};

/** The columns of a long table, or undefined where subject, item and score are not all there. */
export function longColumns(
  header: readonly string[],
  { options, source }: Pick<Reading, "options" | "source">,
): LongColumns | undefined {
  const plain = header.map(plainName);
  const taken = new Set<number>();
  const find = (role: keyof typeof usual): number | undefined => {
    const asked = options.columns?.[role];
    if (asked !== undefined) {
      const at = header.indexOf(asked);
      if (at < 0)
        throw new InputError("the column is not there", {
          source: source.name,
          field: asked,
          found: header.slice(0, 12).join(", "),
        });
      taken.add(at);
      return at;
    }
    const name = usual[role]
      .split(" ")
      .find((candidate) => plain.includes(candidate) && !taken.has(plain.indexOf(candidate)));
    if (name === undefined) return undefined;
    const at = plain.indexOf(name);
    taken.add(at);
    return at;
  };
  const subject = find("subject");
  const item = find("item");
  const score = find("score");
  if (subject === undefined || item === undefined || score === undefined) return undefined;
  const optional = {
    trials: find("trials"),
    cost: find("cost"),
    inputTokens: find("inputTokens"),
    outputTokens: find("outputTokens"),
    scenario: find("scenario"),
    subscenario: find("subscenario"),
    text: find("text"),
  };
  const present = Object.fromEntries(Object.entries(optional).filter(([, at]) => at !== undefined));
  return { subject, item, score, ...present };
}

/** Reads one response a row. */
export function longReader(columns: LongColumns, { source, table, options }: Reading): RowReader {
  const { subject, item, score, trials, cost, inputTokens, outputTokens, scenario, subscenario, text } =
    columns;
  const plainItems = scenario === undefined && subscenario === undefined && text === undefined;
  const name = source.name;
  const tokens = (record: Parameters<RowReader["row"]>[0], field: number | undefined) =>
    field === undefined ? Number.NaN : record.number(field);
  const named = (record: Parameters<RowReader["row"]>[0], field: number | undefined) =>
    field === undefined ? undefined : record.text(field);
  return {
    title: "long table (one response a row)",
    row: (record) => {
      for (const [field, role] of [
        [subject, "subject"],
        [item, "item"],
      ] as const)
        if (record.isEmpty(field))
          throw new InputError(`the ${role} has no name`, { source: name, at: `line ${record.line}` });
      const itemIndex = plainItems
        ? record.nameIndex(item, table.items)
        : table.itemIndex(record.text(item), {
            scenario: named(record, scenario),
            subscenario: named(record, subscenario),
            text: named(record, text),
          });
      const count = trials === undefined ? 1 : record.number(trials);
      if (!(count >= 1))
        throw new InputError("the number of trials cannot be used", {
          source: name,
          at: `line ${record.line}`,
          found: record.text(trials as number),
          expected: "a number ≥ 1",
        });
      table.add(
        record.nameIndex(subject, table.subjects),
        itemIndex,
        scoreIn(record, score, "score", name),
        count,
        costOfTokens(
          options,
          record.text(subject),
          tokens(record, inputTokens),
          tokens(record, outputTokens),
          cost === undefined ? Number.NaN : costIn(record, cost, "cost", name),
        ),
      );
    },
  };
}
