import { basename, resolve } from "node:path";
import { Command, Option } from "commander";
import { abilityStandardErrors, bankDif, type ItemBank, rotateBank } from "../bank/index.ts";
import { writeWhole } from "../files/index.ts";
import { InputError } from "../input-error.ts";
import {
  type DifResults,
  type LocalDependence,
  localDependence,
  pyIrtOfItemParameters,
  type RotationCriterion,
  writePyIrtParameters,
} from "../irt/index.ts";
import { bankReport, type Cell, candidateTable, itemTable, type Table, textTable } from "../report/index.ts";
import { bankAt } from "./bank-folder.ts";
import { bankJson } from "./bank-json.ts";
import { describeBank, fitTable, flagTable } from "./bank-text.ts";
import { counted } from "./counted.ts";
import { wholeNumber } from "./options.ts";

interface Options {
  readonly report?: string;
  readonly focal?: string;
  readonly rotate?: RotationCriterion;
  readonly bestParameters?: string;
  readonly rows: number;
  readonly json?: true;
}

/** `tripos inspect BANK` */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description("what an item bank holds, how well it fits, and which items and subjects to look at")
    .argument("<bank>", "folder of the item bank")
    .option("--report <file.html>", "write a page with curves, maps and tables, which needs no network")
    .option(
      "--focal <text>",
      "differential item functioning: subjects with this text in their name against all others",
    )
    .addOption(
      new Option("--rotate <criterion>", "turn the axes of several dimensions for reading").choices([
        "varimax",
        "oblimin",
      ]),
    )
    .option("--best-parameters <file.json>", "write py-irt's best_parameters.json (2PL without asymptotes)")
    .option("--rows <n>", "rows of each table", wholeNumber("--rows", 1), 20)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  tripos inspect bank
  tripos inspect bank --rows 1000
  tripos inspect bank --rotate oblimin
  tripos inspect bank --report bank.html --focal instruct`,
    )
    .action(run);
}

async function run(path: string, options: Options): Promise<void> {
  const { bank: kept, hash, warnings } = await bankAt(path);
  const bank = options.rotate ? rotateBank(kept, options.rotate) : kept;
  const dependence = kept.responses && localDependence(kept.responses, kept.parameters, kept.abilities);
  const dif = options.focal === undefined ? undefined : bankDif(kept, options.focal);
  if (options.bestParameters !== undefined) writeWhole(options.bestParameters, bestParameters(bank, path));
  if (options.report !== undefined)
    writeWhole(
      options.report,
      bankReport(bank, {
        title: basename(resolve(path)),
        warnings: [...warnings, ...bank.warnings],
        ...(dependence && {
          pairs: dependence.pairs,
          q3: (first: number, second: number) => dependence.correlations[first * bank.items.length + second],
        }),
        ...(dif && {
          dif: { reference: "the others", focal: `subjects with "${options.focal}"`, results: dif.items },
        }),
      }),
    );
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify(bankJson(bank, { hash, warnings, dependence, dif, rotation: options.rotate }))}\n`,
    );
    return;
  }
  const { family, dims, link, method, scoring, responses, items, subjects } = describeBank(bank);
  const counts = `${counted(subjects, "subject")}, ${counted(items, "item")}, ${responses === null ? "no responses" : counted(responses, "response")} kept`;
  const parts = [
    `${path}: ${family.toUpperCase()}, ${dims === 1 ? "one dimension" : `${dims} dimensions`}, ${method}, scoring ${scoring}\n${link}\n${counts}`,
    ...bank.warnings.map((warning) => `Warning: ${warning}.`),
    ...(bank.flags.some((list) => list.length > 0) ? [text(flagTable(bank))] : []),
    ...worstFitting(bank),
    text(fitTable(bank)),
    ...(options.rotate ? [text(correlationTable(bank, options.rotate))] : []),
    ...(bank.candidates.length > 0 ? [text(candidateTable(bank.candidates))] : []),
    text(withoutColumns(itemTable(bank), onPageOnly), options.rows),
    text(subjectTable(bank), options.rows),
    ...(dependence && dependence.pairs.length > 0 ? [text(pairTable(bank, dependence), options.rows)] : []),
    ...(dif ? [text(difTable(bank, dif), options.rows)] : []),
    ...(options.report === undefined ? [] : [`Report: ${options.report}`]),
  ];
  process.stdout.write(`${parts.join("\n\n")}\n`);
}

/** The few items that fit worst, by their mean squares' standardised distance from 1; nothing where that is not known. */
function worstFitting({ items, flags, itemFit }: ItemBank): string[] {
  const { infit, infitZ, outfit, outfitZ } = itemFit;
  if (!infitZ || !outfitZ) return [];
  const distance = items.map((_, i) => Math.max(Math.abs(infitZ[i]), Math.abs(outfitZ[i])));
  const worst = [...items.keys()].filter((i) => distance[i] > 0).sort((a, b) => distance[b] - distance[a]);
  if (worst.length === 0) return [];
  const columns = [
    { title: "fit worst", maxWidth: 40 },
    ...["infit", "z", "outfit", "z"].map((title) => ({ title, digits: 2 })),
    { title: "flags" },
  ];
  const rows = worst
    .slice(0, 5)
    .map((i): Cell[] => [items[i], infit[i], infitZ[i], outfit[i], outfitZ[i], flags[i].join("; ")]);
  return [textTable(columns, rows)];
}

function text({ columns, rows }: Table, most = rows.length): string {
  const table = textTable(columns, rows.slice(0, most));
  return rows.length > most ? `${table}\n… ${rows.length - most} more (--rows)` : table;
}

function correlationTable({ latent }: ItemBank, criterion: RotationCriterion): Table {
  const dims = latent.mean.length;
  const axes = Array.from({ length: dims }, (_, k) => k);
  return {
    columns: [
      { title: `correlation (${criterion})` },
      ...axes.map((k) => ({ title: String(k + 1), digits: 2 })),
    ],
    rows: axes.map((j): Cell[] => [
      `ability ${j + 1}`,
      ...axes.map((k) => {
        const variance = (l: number) => latent.covariance[l * dims + l];
        return latent.covariance[j * dims + k] / Math.sqrt(variance(j) * variance(k));
      }),
    ]),
  };
}

/** Columns of the report's item table that would make a terminal's lines too long. */
const onPageOnly = new Set(["text", "scenario", "responses", "infit z", "outfit z", "S-X2", "df"]);

function withoutColumns({ columns, rows }: Table, left: ReadonlySet<string>): Table {
  const kept = columns.flatMap(({ title }, c) => (left.has(title) ? [] : [c]));
  return { columns: kept.map((c) => columns[c]), rows: rows.map((row) => kept.map((c) => row[c])) };
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

function difTable({ items }: ItemBank, dif: DifResults): Table {
  const order = [...dif.items].sort((a, b) => a.adjustedP - b.adjustedP || a.p - b.p);
  return {
    columns: [
      { title: "differential functioning", maxWidth: 40 },
      { title: "harder by", digits: 2 },
      { title: "SE", digits: 2 },
      { title: "p", digits: 4 },
      { title: "corrected p", digits: 4 },
    ],
    rows: order.map(({ item, effect, standardError, p, adjustedP }) => [
      items[item],
      effect,
      standardError,
      p,
      adjustedP,
    ]),
  };
}

function bestParameters({ parameters, items, subjects, abilities }: ItemBank, path: string): string {
  if (!["rasch", "1pl", "2pl"].includes(parameters.family))
    throw new InputError("py-irt's file holds items without asymptotes or categories", {
      source: path,
      found: parameters.family,
      expected: "rasch, 1pl or 2pl",
    });
  return writePyIrtParameters(pyIrtOfItemParameters(parameters, { items, subjects }, abilities.ability));
}
