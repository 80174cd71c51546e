import { InputError } from "../input-error.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { ItemBank } from "./bank.ts";
import { joinResponses } from "./merge.ts";

/** Responses behind a bank with new ones beside them: the bank's items and subjects first, in their order. */
export function grown(bank: ItemBank, added: ResponseMatrix): ResponseMatrix {
  const items = [...new Set([...bank.items, ...added.items])];
  const subjects = [...new Set([...bank.subjects, ...added.subjects])];
  if (!bank.responses) {
    const common = added.items.filter((item) => bank.items.includes(item)).length;
    if (common === 0)
      throw new InputError("nothing ties the new responses to the bank", {
        found: "no common item, and a bank without its responses",
        hint: "Add answers to some of the bank's items, or calibrate the bank again and let it keep the responses.",
      });
  }
  const itemAt = new Map(added.items.map((name, i) => [name, i]));
  const labels = (name: "texts" | "scenarios" | "subscenarios") =>
    bank[name] || added[name]
      ? { [name]: items.map((item, i) => bank[name]?.[i] || added[name]?.[itemAt.get(item) ?? -1] || "") }
      : {};
  const empty: ResponseMatrix = {
    subjects: [],
    items: [],
    scores: new Float64Array(),
    observed: new Uint8Array(),
  };
  // A new answer to a cell that the bank has already does not count twice: the bank's stays.
  return {
    ...joinResponses(bank.responses ?? empty, added, { items, subjects }),
    ...labels("texts"),
    ...labels("scenarios"),
    ...labels("subscenarios"),
  };
}

/** Says where nobody who answered the new items has answered one of the bank's. */
export function linkWarning(bank: ItemBank, { items, observed, subjects }: ResponseMatrix): string[] {
  const known = bank.items.length;
  const width = items.length;
  if (width === known) return [];
  const ties = subjects.some((_, s) => {
    const row = observed.subarray(s * width, (s + 1) * width);
    return row.subarray(0, known).includes(1) && row.subarray(known).includes(1);
  });
  return ties
    ? []
    : [
        "nobody answered new items and the bank's: nothing ties them to its scale but the assumed population of abilities",
      ];
}

/** Fixed items keep the covariance that they came with: their uncertainty has not gone. */
export function knownCovariance(covariance: Float64Array, bank: ItemBank): Float64Array {
  const out = covariance.slice();
  out.set(bank.covariance);
  return out;
}
