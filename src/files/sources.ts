import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Source } from "../formats/index.ts";
import { InputError } from "../input-error.ts";
import { unreadable } from "./unreadable.ts";

/**
 * The files at the given paths, to be read piece by piece; a folder stands for all files in it and below, in the order
 * of their names, hidden ones left out.
 * @throws InputError where a path does not exist or may not be read
 */
export async function sourcesAt(paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (!found.isDirectory()) sources.push(await fileSource(path));
    else for (const file of await filesBelow(path)) sources.push(await fileSource(file, true));
  }
  return sources;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !path
          .slice(folder.length)
          .split("/")
          .some((part) => part.startsWith(".")),
    )
    .sort();
}

async function fileSource(path: string, inFolder = false): Promise<Source> {
  const { size, mtimeMs } = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const folder = dirname(path);
  return {
    name: path,
    byteLength: size,
    inFolder,
    slice: (start, end = size) => readPart(path, start, end, { size, mtimeMs }),
    beside: async (name) => {
      const other = join(folder, basename(name));
      return (await stat(other).catch(() => undefined))?.isFile() ? fileSource(other) : undefined;
    },
    neighbours: async () => (await readdir(folder)).sort(),
  };
}

async function readPart(
  path: string,
  start: number,
  end: number,
  before: { readonly size: number; readonly mtimeMs: number },
): Promise<ArrayBuffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const bytes = new Uint8Array(Math.max(0, end - start));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const now = await file.stat();
    if (filled < bytes.length || now.size !== before.size || now.mtimeMs !== before.mtimeMs)
      throw new InputError("the file changed while it was read", {
        source: path,
        found: `${now.size} bytes`,
        expected: `${before.size} bytes, as at the beginning`,
        hint: "Wait until the program that writes it has finished, then try again.",
      });
    return bytes.buffer;
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(path, error);
  } finally {
    await file?.close();
  }
}
