import { InputError } from "../input-error.ts";
import type { Reading } from "./format.ts";
import { costIn, type RowReader, scoreIn } from "./tabular.ts";

const costSuffix = "|total_cost";

/** Whether the header is of RouterBench's table: `MODEL` and `MODEL|total_cost` for each model. */
export const isRouterBench = (header: readonly string[]): boolean =>
  header.some((name) => name.endsWith(costSuffix));

/**
 * Reads RouterBench's table (https://github.com/withmartian/routerbench): a row for each prompt with `sample_id`,
 * `prompt`, `eval_name`, and for each model its score and its cost in dollars.
 */
export function routerBenchReader(header: readonly string[], { source, table }: Reading): RowReader {
  const models = header.flatMap((column, cost) => {
    if (!column.endsWith(costSuffix)) return [];
    const name = column.slice(0, -costSuffix.length);
    const score = header.indexOf(name);
    if (score < 0)
      throw new InputError("a model has costs but no scores", { source: source.name, field: name });
    return [{ name, cost, score, subject: table.subjects.index(name) }];
  });
  const [id, prompt, dataset] = ["sample_id", "prompt", "eval_name"].map((name) => header.indexOf(name));
  return {
    title: "RouterBench table",
    row: (record) => {
      const text = prompt >= 0 ? unwrapped(record.text(prompt)) : "";
      const item = table.itemIndex(id >= 0 ? record.text(id) : `prompt ${record.line}`, {
        text,
        scenario: dataset >= 0 ? record.text(dataset) : undefined,
      });
      for (const { name, cost, score, subject } of models)
        table.add(
          subject,
          item,
          scoreIn(record, score, name, source.name),
          1,
          costIn(record, cost, header[cost], source.name),
        );
    },
  };
}

/** The prompts are Python lists of one string, printed: `['What is …\nA. …']`. */
function unwrapped(prompt: string): string {
  const inner = /^\[\s*(['"])((?:\\[\s\S]|(?!\1)[^\\])*)\1\s*\]$/.exec(prompt)?.[2];
  const letters: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  return inner === undefined
    ? prompt
    : inner.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([\s\S]))/g, (_, two, four, other: string) =>
        other === undefined
          ? String.fromCharCode(Number.parseInt(two ?? four, 16))
          : (letters[other] ?? other),
      );
}
