import { InputError } from "../input-error.ts";
import { isObject, type JsonFormat, pathOf, textId } from "./format.ts";
import { readRouterDC } from "./routerdc.ts";

/**
 * RouterDC's JSON among other files. The questions have no ids there, so an item is named by its text, and the same
 * question in another file is the same item; a question that stands twice in one file is two items. The scenario is
 * the file's name without its part (`mmlu_test.json`: mmlu).
 */
export const routerDC: JsonFormat = {
  name: "routerdc",
  title: "RouterDC JSON",
  matches: (value) =>
    Array.isArray(value) &&
    (value.length === 0 || (isObject(value[0]) && ("scores" in value[0] || "question" in value[0]))),
  read(_value, text, { source, table, warn }) {
    const { matrix, warnings } = readRouterDC(text, source.name);
    for (const warning of warnings) warn(warning);
    const file = (pathOf(source).at(-1) ?? "").replace(/\.json$/, "");
    const scenario = file.replace(/[-_](train|test|valid|validation|dev)$/, "");
    const seen = new Map<string, number>();
    const items = (matrix.texts ?? []).map((question) => {
      const id = `q-${textId(question)}`;
      const times = (seen.get(id) ?? 0) + 1;
      seen.set(id, times);
      return times === 1 ? id : `${id}-${times}`;
    });
    if (new Set(items).size !== items.length)
      throw new InputError("two questions have the same id", { source: source.name });
    table.addMatrix({ ...matrix, items, scenarios: items.map(() => scenario) });
  },
};
