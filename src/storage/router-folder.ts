import { decodeBank, encodeBank, type ItemBank } from "../bank/index.ts";
import { checkFolderOutput, readFolder, readFolderIfAny, writeFolder } from "../files/index.ts";
import { decodeRouter, encodeRouter, type Router, routerFiles } from "../routing/index.ts";

const bankFolder = "bank";
const bankIn = (folder: string) => `${folder}/${bankFolder}`;

/** Reads a router from the folder that `tripos train` wrote. */
export function loadRouter(folder: string): Router {
  return decodeRouter(readFolder(folder, "a router"), folder);
}

/** Reads the item bank behind a router; undefined where it has none. */
export async function loadRouterBank(folder: string): Promise<ItemBank | undefined> {
  const path = bankIn(folder);
  const files = readFolderIfAny(path, "an item bank");
  return files && (await decodeBank(files, path)).bank;
}

/** Checks that a router can be written there, before it is trained. @throws InputError */
export const checkRouterOutput = (folder: string): void =>
  checkFolderOutput(folder, [...routerFiles, bankFolder]);

/** Writes a router to a folder, whole or not at all; a bank that is there already stays. */
export function saveRouter(router: Router, folder: string): void {
  write(router, folder, readFolderIfAny(bankIn(folder), "an item bank") ?? new Map());
}

/** Writes a router and the item bank behind it, as a folder within. */
export async function saveRouterWithBank(router: Router, bank: ItemBank, folder: string): Promise<void> {
  write(router, folder, await encodeBank(bank));
}

function write(router: Router, folder: string, bank: ReadonlyMap<string, Uint8Array>): void {
  const inside = Array.from(bank, ([name, bytes]) => [`${bankFolder}/${name}`, bytes] as const);
  writeFolder(folder, new Map([...encodeRouter(router), ...inside]), [bankFolder]);
}
