import { Command, Option } from "commander";
import { type ItemBank, mergeBanks, rescaleBank, turnBank } from "../bank/index.ts";
import { type DimensionsLink, type Link, type LinkMethod, linkBanks, linkDimensions } from "../irt/index.ts";
import { inverseSquare } from "../numerics/index.ts";
import { bankAt, saveBank } from "./bank-folder.ts";
import { counted } from "./counted.ts";
import { checkNoInput } from "./no-input.ts";
import { warnOfRowNames } from "./row-names.ts";
import { version } from "./version.ts";

interface Options {
  readonly out: string;
  readonly link: LinkMethod | "none";
  readonly json?: true;
}

/** `tripos merge BASE OTHER --out BANK` */
export function mergeCommand(): Command {
  return new Command("merge")
    .description("two item banks as one, the second put on the scale of the first by their common items")
    .argument("<base>", "folder of the bank whose scale stays")
    .argument("<other>", "folder of the bank to add")
    .requiredOption("--out <bank>", "folder for the merged bank")
    .addOption(
      new Option("--link <method>", "how the scales are linked; none if they are one already")
        .choices(["stocking-lord", "haebara", "mean-sigma", "none"])
        .default("stocking-lord"),
    )
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Items and subjects that both banks have keep the numbers of the first. Linking takes two common items, in several dimensions
one more than dimensions; there it is by response surfaces (as Haebara), whatever --link names.

Examples:
  tripos merge bank-2025 bank-2026 --out bank
  tripos merge bank more --link haebara --out bank-and-more --json`,
    )
    .action(run);
}

async function run(basePath: string, otherPath: string, { out, link: method, json }: Options): Promise<void> {
  checkNoInput(out, [basePath, otherPath], "folder");
  const [base, other] = [await bankAt(basePath), await bankAt(otherPath)];
  warnOfRowNames(base.bank, other.bank);
  const common = commonItems(base.bank, other.bank);
  const several = method !== "none" && base.bank.parameters.dims > 1;
  const turn = several ? linkDimensions(base.bank.parameters, other.bank.parameters, common) : undefined;
  const link =
    method === "none" || turn
      ? undefined
      : linkBanks(base.bank.parameters, other.bank.parameters, common, method);
  if (link && common.length === 2)
    process.stderr.write(
      "tripos: two common items tell nothing of the link's uncertainty: the standard errors do not hold it\n",
    );
  const moved = turn ? turnBank(other.bank, turn) : link ? rescaleBank(other.bank, link) : other.bank;
  const change = turn ? turned(turn) : link && { slope: link.slope, shift: link.shift };
  const bank = mergeBanks(base.bank, moved, {
    tripos: version,
    bank: other.hash,
    ...(change && { link: change }),
  });
  await saveBank(out, bank);
  const [items, subjects] = [bank.items.length, bank.subjects.length];
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ bank: out, items, subjects, common: common.length, link: link ?? (turn && { ...change, rmsd: turn.rmsd }) ?? null })}\n`,
    );
    return;
  }
  const scaled = turn
    ? `axes of ${otherPath} turned, stretched and moved onto the first bank's, surfaces apart by ${turn.rmsd.toFixed(3)}\n`
    : scaleText(otherPath, link);
  process.stdout.write(
    `${counted(common.length, "common item")}\n${scaled}${out}: ${counted(items, "item")}, ${counted(subjects, "subject")}\n`,
  );
}

/** θ ← slope · (θ − shift) of a link of several dimensions. */
function turned({ transform, offset }: DimensionsLink) {
  return { slope: [...(inverseSquare(transform, offset.length) ?? [])], shift: [...offset] };
}

function scaleText(otherPath: string, link: Link | undefined): string {
  return link
    ? `θ of ${otherPath} × ${link.slope.toFixed(3)} (SE ${link.slopeSE.toFixed(3)}) + ${link.shift.toFixed(3)} (SE ${link.shiftSE.toFixed(3)}), curves apart by ${link.rmsd.toFixed(3)}\n`
    : "";
}

/** Pairs of indices of the items that both banks have. */
function commonItems(base: ItemBank, other: ItemBank): [number, number][] {
  const at = new Map(base.items.map((name, i) => [name, i]));
  return other.items.flatMap((name, i): [number, number][] => {
    const k = at.get(name);
    return k === undefined ? [] : [[k, i]];
  });
}
