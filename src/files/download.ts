import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { InputError } from "../input-error.ts";
import { writeWhole } from "./output.ts";

/** A file on the internet of which the content is known. */
export interface RemoteFile {
  readonly name: string;
  readonly url: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Size in bytes, for the progress bar. */
  readonly bytes: number;
}

/** Folder for files that can be fetched again: $XDG_CACHE_HOME/tripos, by default ~/.cache/tripos. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "tripos");
}

/**
 * Fetches what is not yet in `folder`, checks each file's SHA-256 and keeps it there, so that the next call needs no
 * network. Returns the paths in the order of `files`.
 *
 * @throws InputError when a file cannot be fetched or is not the one expected; `instead` says what else to do.
 */
export async function download(
  files: readonly RemoteFile[],
  folder: string,
  { progress = (_done: number, _total: number) => {}, instead = "", fetcher = fetch } = {},
): Promise<string[]> {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  const paths: string[] = [];
  for (const file of files) {
    const path = join(folder, file.name);
    paths.push(path);
    if (existsSync(path) && sha256(readFileSync(path)) === file.sha256) {
      done += file.bytes;
      progress(done, total);
      continue;
    }
    const before = done;
    const content = await fetchWhole(file, fetcher, instead, (bytes) => {
      done = before + bytes;
      progress(done, total);
    });
    const found = sha256(content);
    if (found !== file.sha256)
      throw new InputError("is not the file that was expected", {
        source: file.url,
        found: `SHA-256 ${found}`,
        expected: `SHA-256 ${file.sha256}`,
        hint: `Nothing was kept. ${instead}`.trim(),
      });
    writeWhole(path, content);
  }
  return paths;
}

async function fetchWhole(
  { url }: RemoteFile,
  fetcher: typeof fetch,
  instead: string,
  progress: (bytes: number) => void,
): Promise<Uint8Array> {
  try {
    const response = await fetcher(url, { signal: AbortSignal.timeout(120_000) });
    if (!response.ok || !response.body)
      throw new Error(`the server answered ${response.status} ${response.statusText}`);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      parts.push(part);
      bytes += part.length;
      progress(bytes);
    }
    return Buffer.concat(parts);
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message ? `${message}: ${cause.message}` : message;
    throw new InputError("cannot be fetched", { source: url, found: reason, hint: instead });
  }
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
