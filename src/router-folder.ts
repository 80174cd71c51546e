import { checkFolderOutput, readFolder, writeFolder } from "./files/index.ts";
import { decodeRouter, encodeRouter, type Router, routerFiles } from "./routing/index.ts";

/** Reads a router from the folder that `tripos train` wrote. */
export function loadRouter(folder: string): Router {
  return decodeRouter(readFolder(folder, "a router"), folder);
}

/** Checks that a router can be written there, before it is trained. @throws InputError */
export const checkRouterOutput = (folder: string): void => checkFolderOutput(folder, routerFiles);

/** Writes a router to a folder, whole or not at all. */
export function saveRouter(router: Router, folder: string): void {
  writeFolder(folder, encodeRouter(router));
}
