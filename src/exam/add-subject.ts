import type { ItemBank } from "../bank/index.ts";
import { InputError } from "../input-error.ts";
import { estimateAbility } from "../irt/index.ts";
import { emptyMatrix, type ResponseMatrix } from "../responses/index.ts";
import type { Answers } from "./score.ts";

/**
 * The bank with one more subject: its answers, and the ability that they give under the bank's item parameters and
 * distribution of ability, which stay as they are; calibrate again to let them learn from it.
 *
 * @throws InputError where the bank knows a subject of that name, or the answers are none.
 */
export function withSubject(bank: ItemBank, { subject, items, scores }: Answers): ItemBank {
  if (bank.subjects.includes(subject))
    throw new InputError("the bank knows a subject of that name already", {
      field: "subject",
      found: subject,
    });
  if (items.length === 0)
    throw new InputError("a subject without answers cannot be added", { found: subject });
  const { abilities, subjectFit, responses } = bank;
  const { ability, covariance } = estimateAbility(bank.parameters, { items, scores }, bank.latent);
  const extended = (values: Float64Array, more: ArrayLike<number>) => {
    const out = new Float64Array(values.length + more.length);
    out.set(values);
    out.set(more, values.length);
    return out;
  };
  return {
    ...bank,
    subjects: [...bank.subjects, subject],
    abilities: {
      dims: abilities.dims,
      ability: extended(abilities.ability, ability),
      covariance: extended(abilities.covariance, covariance),
    },
    subjectFit: Object.fromEntries(
      Object.entries(subjectFit).map(([name, values]) => [name, extended(values, [Number.NaN])]),
    ),
    ...(responses && { responses: withRow(responses, subject, items, scores) }),
  };
}

function withRow(
  responses: ResponseMatrix,
  subject: string,
  items: ArrayLike<number>,
  scores: ArrayLike<number>,
): ResponseMatrix {
  const width = responses.items.length;
  const start = responses.scores.length;
  const grown = emptyMatrix([...responses.subjects, subject], responses.items);
  grown.scores.set(responses.scores);
  grown.observed.set(responses.observed);
  for (let j = 0; j < items.length; j++) {
    grown.scores[start + items[j]] = scores[j];
    grown.observed[start + items[j]] = 1;
  }
  const trials = responses.trials && new Float64Array(start + width).fill(1);
  trials?.set(responses.trials as Float64Array);
  const costs = responses.costs && new Float64Array(start + width).fill(Number.NaN);
  costs?.set(responses.costs as Float64Array);
  return { ...responses, ...grown, ...(trials && { trials }), ...(costs && { costs }) };
}
