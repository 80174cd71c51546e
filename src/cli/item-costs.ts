import type { ItemBank } from "../bank/index.ts";
import { InputError, show } from "../input-error.ts";
import { textFile } from "./text-file.ts";

/**
 * What asking each of a bank's questions costs: `length` (tokens of its text), `observed` (mean over the bank's
 * responses), a number for all, or a file, as a JSON object by item or CSV lines `item,cost`.
 */
export function itemCosts(what: string, bank: ItemBank): Float64Array {
  const { texts, items } = bank;
  if (what === "length") {
    if (!texts) throw new InputError("the bank has no texts to take the length of", { source: "--costs" });
    // About four characters make a token.
    return Float64Array.from(texts, (text) => Math.max(1, text.length / 4));
  }
  if (what === "observed") return observedCosts(bank);
  const each = Number(what);
  if (each > 0) return new Float64Array(items.length).fill(each);
  if (Number.isFinite(each))
    throw new InputError("the value does not fit", {
      source: "--costs",
      found: what,
      expected: "a number above 0",
    });
  const costs = costsInFile(textFile(what), what);
  return Float64Array.from(items, (item) => {
    const cost = costs.get(item);
    if (cost === undefined)
      throw new InputError("the file says no cost of a question", { source: what, field: item });
    return cost;
  });
}

function observedCosts({ responses, items }: ItemBank): Float64Array {
  const costs = responses?.costs;
  if (!costs)
    throw new InputError("the bank's responses have no costs", { source: "--costs", found: "observed" });
  const width = items.length;
  return Float64Array.from(items, (item, i) => {
    let sum = 0;
    let count = 0;
    for (let p = i; p < costs.length; p += width)
      if (costs[p] >= 0) {
        sum += costs[p];
        count++;
      }
    if (count === 0)
      throw new InputError("no response to a question has a cost", { source: "--costs", field: item });
    return sum / count;
  });
}

function costsInFile(text: string, source: string): Map<string, number> {
  const entries: [string, unknown, string][] = text.trimStart().startsWith("{")
    ? Object.entries(parseObject(text, source)).map(([item, cost]) => [item, cost, `"${item}"`])
    : text
        .split(/\r?\n/)
        .map((line, l): [string, string] => [line, `line ${l + 1}`])
        .filter(
          ([line], l) =>
            line.trim() !== "" && !(l === 0 && !(Number(line.slice(line.lastIndexOf(",") + 1)) >= 0)),
        )
        .map(([line, at]) => [
          line.slice(0, line.lastIndexOf(",")),
          Number(line.slice(line.lastIndexOf(",") + 1)),
          at,
        ]);
  return new Map(
    entries.map(([item, cost, at]) => {
      if (!(typeof cost === "number" && cost >= 0))
        throw new InputError("this is no cost", { source, at, found: show(cost), expected: "a number ≥ 0" });
      return [item, cost];
    }),
  );
}

function parseObject(text: string, source: string): object {
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new InputError("this is not JSON", { source, found: (error as Error).message });
  }
}
