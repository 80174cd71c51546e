import { basename, resolve } from "node:path";
import { Command } from "commander";
import { abilityStandardErrors, type ItemBank } from "../bank/index.ts";
import { writeWhole } from "../files/index.ts";
import { type LocalDependence, localDependence } from "../irt/index.ts";
import { bankReport, type Cell, candidateTable, itemTable, type Table, textTable } from "../report/index.ts";
import { bankAt } from "./bank-folder.ts";
import { countFlags, describeBank, fitTable, flagTable } from "./bank-text.ts";
import { wholeNumber } from "./options.ts";

interface Options {
  readonly report?: string;
  readonly rows: number;
  readonly items?: true;
  readonly json?: true;
}

/** `tripos inspect BANK` */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description("what an item bank holds, how well it fits, and which items and subjects to look at")
    .argument("<bank>", "folder of the item bank")
    .option("--report <file.html>", "write a page with curves, maps and tables, which needs no network")
    .option("--items", "list the items")
    .option("--rows <n>", "rows of each table", wholeNumber("--rows", 1), 20)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos inspect bank
  tripos inspect bank --items --rows 1000
  tripos inspect bank --report bank.html`,
    )
    .action(run);
}

async function run(path: string, options: Options): Promise<void> {
  const { bank, hash, warnings } = await bankAt(path);
  const dependence = bank.responses && localDependence(bank.responses, bank.parameters, bank.abilities);
  if (options.report !== undefined)
    writeWhole(
      options.report,
      bankReport(bank, {
        title: basename(resolve(path)),
        warnings: [...warnings, ...bank.warnings],
        ...(dependence && {
          pairs: dependence.pairs,
          q3: (first, second) => dependence.correlations[first * bank.items.length + second],
        }),
      }),
    );
  if (options.json) {
    process.stdout.write(`${JSON.stringify(asJson(bank, hash, warnings, dependence))}\n`);
    return;
  }
  const { family, dims, link, method, scoring, responses, items, subjects } = describeBank(bank);
  const counts = `${subjects} subjects, ${items} items, ${responses ?? "no"} responses kept`;
  const parts = [
    `${path}: ${family.toUpperCase()}, ${dims === 1 ? "one dimension" : `${dims} dimensions`}, ${method}, scoring ${scoring}\n${link}\n${counts}`,
    text(fitTable(bank)),
    ...(bank.candidates.length > 0 ? [text(candidateTable(bank.candidates))] : []),
    text(subjectTable(bank), options.rows),
    ...(bank.flags.some((list) => list.length > 0) ? [text(flagTable(bank))] : []),
    ...(dependence && dependence.pairs.length > 0 ? [text(pairTable(bank, dependence), options.rows)] : []),
    ...(options.items ? [text(itemTable(bank), options.rows)] : []),
    ...bank.warnings.map((warning) => `Warning: ${warning}.`),
    ...(options.report === undefined ? [] : [`Report: ${options.report}`]),
  ];
  process.stdout.write(`${parts.join("\n\n")}\n`);
}

function text({ columns, rows }: Table, most = rows.length): string {
  const table = textTable(columns, rows.slice(0, most));
  return rows.length > most ? `${table}\n… ${rows.length - most} more (--rows)` : table;
}

function subjectTable({ subjects, abilities, subjectFit }: ItemBank): Table {
  const { dims, ability } = abilities;
  const errors = abilityStandardErrors(abilities);
  const { meanScore, lzStar } = subjectFit;
  const order = [...subjects.keys()].sort((a, b) => ability[b * dims] - ability[a * dims]);
  const coordinates = Array.from({ length: dims }, (_, k) => k);
  return {
    columns: [
      { title: "subject", maxWidth: 48 },
      ...coordinates.flatMap((k) => [
        { title: dims === 1 ? "ability" : `ability ${k + 1}`, digits: 2 },
        { title: "SE", digits: 2 },
      ]),
      ...(meanScore ? [{ title: "mean score" }] : []),
      ...(lzStar ? [{ title: "l_z*", digits: 2 }] : []),
    ],
    rows: order.map((s): Cell[] => [
      subjects[s],
      ...coordinates.flatMap((k) => [ability[s * dims + k], errors[s * dims + k]]),
      ...(meanScore ? [meanScore[s]] : []),
      ...(lzStar ? [lzStar[s]] : []),
    ]),
  };
}

function pairTable({ items }: ItemBank, { pairs }: LocalDependence): Table {
  return {
    columns: [
      { title: "item", maxWidth: 40 },
      { title: "goes with", maxWidth: 40 },
      { title: "Q3", digits: 2 },
    ],
    rows: pairs.map(({ first, second, q3 }) => [items[first], items[second], q3]),
  };
}

function asJson(
  bank: ItemBank,
  hash: string,
  warnings: readonly string[],
  dependence: LocalDependence | undefined,
) {
  const { abilities, subjects, items, subjectFit } = bank;
  const { dims, ability } = abilities;
  const errors = abilityStandardErrors(abilities);
  const row = (values: Float64Array, s: number) => Array.from(values.subarray(s * dims, (s + 1) * dims));
  const { candidates, fit, flags, provenance, priors } = bank;
  return {
    hash,
    ...describeBank(bank),
    fit,
    candidates,
    priors,
    flagCounts: countFlags(bank),
    flagged: items.flatMap((item, i) => (flags[i].length > 0 ? [{ item, flags: flags[i] }] : [])),
    abilities: subjects.map((subject, s) => ({
      subject,
      ability: row(ability, s),
      abilitySE: row(errors, s),
      personFit: subjectFit.lzStar?.[s] ?? null,
    })),
    dependentPairs: (dependence?.pairs ?? []).map(({ first, second, q3 }) => ({
      first: items[first],
      second: items[second],
      q3,
    })),
    warnings: [...warnings, ...bank.warnings],
    provenance,
  };
}
