import {
  abilityStandardErrors,
  difficulties,
  type ItemBank,
  itemStandardErrors,
  parameterColumn,
  parameterNames,
} from "../bank/index.ts";
import type { DifResults, LocalDependence, RotationCriterion } from "../irt/index.ts";
import { countFlags, describeBank } from "./bank-text.ts";

/** What is known of a bank beside itself. */
interface Findings {
  readonly hash: string;
  /** Of reading the bank. */
  readonly warnings: readonly string[];
  readonly dependence: LocalDependence | undefined;
  readonly dif: DifResults | undefined;
  readonly rotation: RotationCriterion | undefined;
}

/** All that `tripos inspect --json` prints of a bank. */
export function bankJson(bank: ItemBank, { hash, warnings, dependence, dif, rotation }: Findings) {
  const { abilities, subjects, items, subjectFit } = bank;
  const { dims, ability } = abilities;
  const errors = abilityStandardErrors(abilities);
  const names = parameterNames(bank.parameters);
  const columns = names.map((name) => parameterColumn(bank.parameters, name));
  const itemErrors = itemStandardErrors(bank);
  const row = (values: Float64Array, s: number) => Array.from(values.subarray(s * dims, (s + 1) * dims));
  const { candidates, fit, flags, provenance, priors, itemFit } = bank;
  const { difficulty, standardError } = difficulties(bank);
  return {
    hash,
    ...describeBank(bank),
    fit,
    candidates,
    priors,
    ...(rotation && { rotation: { criterion: rotation, correlation: Array.from(bank.latent.covariance) } }),
    itemParameters: items.map((item, i) => ({
      item,
      difficulty: difficulty[i],
      difficultySE: standardError[i],
      ...Object.fromEntries(
        names.flatMap((name, p) => [
          [name, columns[p][i]],
          [`${name}SE`, itemErrors[i * names.length + p]],
        ]),
      ),
      ...Object.fromEntries(Object.entries(itemFit).map(([name, values]) => [name, values[i]])),
    })),
    flagCounts: countFlags(bank),
    flagged: items.flatMap((item, i) => (flags[i].length > 0 ? [{ item, flags: flags[i] }] : [])),
    abilities: subjects.map((subject, s) => ({
      subject,
      ability: row(ability, s),
      abilitySE: row(errors, s),
      ...Object.fromEntries(Object.entries(subjectFit).map(([name, values]) => [name, values[s]])),
      personFit: subjectFit.lzStar?.[s] ?? null,
    })),
    dependentPairs: (dependence?.pairs ?? []).map(({ first, second, q3 }) => ({
      first: items[first],
      second: items[second],
      q3,
    })),
    ...(dif && {
      dif: dif.items.map(({ item, effect, standardError, p, adjustedP }) => ({
        item: items[item],
        effect,
        standardError,
        p,
        adjustedP,
      })),
    }),
    warnings: [...warnings, ...bank.warnings],
    provenance,
  };
}
