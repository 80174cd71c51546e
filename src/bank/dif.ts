import { InputError } from "../input-error.ts";
import { type DifResults, differentialItemFunctioning } from "../irt/index.ts";
import type { ItemBank } from "./bank.ts";

/**
 * Differential item functioning of the subjects of a bank whose name has the text `focal`, in whatever case, against all
 * others.
 * @throws InputError for a bank without responses, or fewer than two subjects in a group
 */
export function bankDif({ responses, parameters, subjects }: ItemBank, focal: string): DifResults {
  const needle = focal.toLowerCase();
  const members = subjects.map((name) => name.toLowerCase().includes(needle));
  if (!responses)
    throw new InputError("the bank was calibrated with --no-responses, and groups are compared by them", {
      source: "--focal",
    });
  const count = members.filter(Boolean).length;
  if (count < 2 || subjects.length - count < 2)
    throw new InputError("each group needs at least two subjects", {
      source: "--focal",
      found: `${count} with "${focal}" in their name, ${subjects.length - count} without`,
    });
  const ordered = (parameters.categories ?? 2) > 2;
  return differentialItemFunctioning(responses, parameters, members, {
    method: ordered ? "likelihood-ratio" : "logistic",
  });
}
