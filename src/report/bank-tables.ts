import {
  type Candidate,
  difficulties,
  type ItemBank,
  itemStandardErrors,
  parameterColumn,
  parameterNames,
} from "../bank/index.ts";
import type { Cell, Column, Table } from "./table.ts";

/** Usual names of fit statistics as a reader knows them. */
const titles: Record<string, string> = {
  logLikelihood: "log-likelihood",
  heldOut: "held-out log-likelihood",
  aic: "AIC",
  bic: "BIC",
  m2: "M2",
  rmsea: "RMSEA",
  cfi: "CFI",
  tli: "TLI",
  heldOutSE: "its standard error",
  heldOutECE: "held-out calibration error",
  parameters: "free parameters",
  m2Df: "M2 degrees of freedom",
  m2P: "M2 p",
  q3Mean: "mean Q3",
  q3Largest: "largest Q3",
  meanScore: "mean score",
  infitZ: "infit z",
  outfitZ: "outfit z",
  sX2: "S-X2",
  sX2Df: "df",
  sX2P: "S-X2 p",
  lzStar: "l_z*",
  lzStarP: "l_z* p",
};

/** A statistic's name as a reader knows it. */
const statisticTitle = (name: string): string => titles[name] ?? name;

/** The fit of the whole under its usual names; what each dimension has of its own, dimension by dimension. */
export function fitEntries(fit: ItemBank["fit"]): { name: string; title: string; value: number | null }[] {
  return Object.entries(fit).flatMap(([name, value]) => {
    const values = typeof value === "number" || value === null ? [value] : value;
    return values.map((one, k) => ({
      name,
      title: statisticTitle(name) + (values.length > 1 ? `, dimension ${k + 1}` : ""),
      value: one,
    }));
  });
}

/** Numbers of something, whole; the rest with two decimals. */
export const statisticColumn = (name: string): Column => ({
  title: statisticTitle(name),
  digits: /^(responses|.*Df)$/.test(name) ? 0 : 2,
});

/** Every item with its parameters, their standard errors and its fit: what the page and the terminal show. */
export function itemTable(bank: ItemBank): Table {
  const { items, parameters, itemFit, flags } = bank;
  const names = parameterNames(parameters);
  const errors = itemStandardErrors(bank);
  const { difficulty, standardError } = difficulties(bank);
  const values = names.map((name) => parameterColumn(parameters, name));
  const columns: Column[] = [
    { title: "item", maxWidth: 32 },
    { title: "flags", align: "left" },
    ...(bank.texts ? [{ title: "text", maxWidth: 40 }] : []),
    ...(bank.scenarios ? [{ title: "scenario", maxWidth: 20 }] : []),
    { title: "difficulty", digits: 2, note: "where the curve is steepest, in logits of ability" },
    { title: "SE", digits: 2, note: "standard error" },
    ...names.flatMap((name) => [
      {
        title:
          parameters.dims === 1
            ? name.replace(/^discrimination_1$/, "discrimination")
            : name.replace("_", " "),
        digits: 2,
      },
      { title: "SE", digits: 2, note: "standard error" },
    ]),
    ...Object.keys(itemFit).map(statisticColumn),
  ];
  const rows = items.map((item, i): Cell[] => [
    item,
    flags[i].join("; "),
    ...(bank.texts ? [bank.texts[i]] : []),
    ...(bank.scenarios ? [bank.scenarios[i]] : []),
    difficulty[i],
    standardError[i],
    ...values.flatMap((column, p) => [column[i], errors[i * names.length + p]]),
    ...Object.values(itemFit).map((column) => column[i]),
  ]);
  return { columns, rows };
}

/** Models that were tried, as a table. */
export function candidateTable(candidates: readonly Candidate[]): Table {
  return {
    columns: [
      { title: "model" },
      { title: "dimensions" },
      { title: "held-out log-likelihood", digits: 4, note: "mean of a response" },
      { title: "SE", digits: 4, note: "standard error" },
      { title: "behind the best", digits: 4, note: "difference to the best on the same responses" },
      { title: "SE of that", digits: 4, note: "standard error of the difference, which the choice goes by" },
      { title: "chosen" },
    ],
    rows: candidates.map(({ family, dims, heldOut, standardError, behind, behindSE, chosen }) => [
      family,
      dims,
      heldOut,
      standardError,
      behind ?? null,
      behindSE ?? null,
      chosen ? "✓" : "",
    ]),
  };
}
