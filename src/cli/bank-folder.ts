import { bankFiles, decodeBank, encodeBank, type ItemBank, type LoadedBank } from "../bank/index.ts";
import { checkFolderOutput, readFolder, writeFolder } from "../files/index.ts";

/** Reads the bank in a folder; what the user should know about it goes to standard error. */
export async function bankAt(path: string): Promise<LoadedBank> {
  const loaded = await decodeBank(readFolder(path, "an item bank"), path);
  for (const warning of loaded.warnings) process.stderr.write(`tripos: ${path}: ${warning}\n`);
  return loaded;
}

/** Checks that a bank can be written there, before it is calibrated. @throws InputError */
export const checkBankOutput = (path: string): void => checkFolderOutput(path, bankFiles);

/** Writes a bank as a folder, whole or not at all. */
export async function saveBank(path: string, bank: ItemBank): Promise<void> {
  writeFolder(path, await encodeBank(bank), bankFiles);
}
