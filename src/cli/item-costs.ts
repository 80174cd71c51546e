import type { ItemBank } from "../bank/index.ts";
import { readTextFile } from "../files/index.ts";
import { memorySource, parseJson, scanCsv } from "../formats/index.ts";
import { InputError, show } from "../input-error.ts";

/**
 * What asking each of a bank's questions costs: `length` (tokens of its text), `observed` (mean over the bank's
 * responses), a number for all, or a file, as a JSON object by item or CSV lines `item,cost`.
 */
export async function itemCosts(what: string, bank: ItemBank): Promise<Float64Array> {
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
  const costs = await costsInFile(readTextFile(what), what);
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

async function costsInFile(text: string, source: string): Promise<Map<string, number>> {
  const costs = new Map<string, number>();
  const add = (item: string, cost: unknown, at: string): void => {
    if (!(typeof cost === "number" && cost >= 0))
      throw new InputError("this is no cost", { source, at, found: show(cost), expected: "a number ≥ 0" });
    costs.set(item, cost);
  };
  if (text.trimStart().startsWith("{"))
    for (const [item, cost] of Object.entries(parseJson(text, source) as object))
      add(item, cost, `"${item}"`);
  else
    await scanCsv(memorySource(source, text), (record) => {
      const cost = record.number(record.length - 1);
      const isHeader = record.line === 1 && Number.isNaN(cost);
      if (!isHeader) add(record.text(0), cost, `line ${record.line}`);
    });
  return costs;
}
