import { InputError } from "../input-error.ts";
import { decodeUtf8, type Source } from "./source.ts";

/** Zip's number of the compression method that Inspect AI uses now; zip.js leaves it to others. */
const zstandard = 93;

/** A zip archive: the names in it, and the text of one of them. */
export interface ZipFile {
  readonly names: readonly string[];
  text(name: string): Promise<string>;
}

/** Opens a zip archive; reads only what is asked for. @throws InputError where it is cut or damaged */
export async function openZip(source: Source): Promise<ZipFile> {
  const { Reader, TextWriter, Uint8ArrayWriter, ZipReader } = await import("@zip.js/zip.js");
  class SourceReader extends Reader<Source> {
    override size = source.byteLength;
    override async readUint8Array(at: number, length: number) {
      return new Uint8Array(await source.slice(at, Math.min(at + length, source.byteLength)));
    }
  }
  const damaged = (error: unknown, name?: string): InputError =>
    error instanceof InputError
      ? error
      : new InputError("the zip archive cannot be read", {
          source: source.name,
          ...(name !== undefined && { at: name }),
          found: (error as Error).message,
          hint: "The file is cut off, damaged, or still being written.",
        });
  const reader = new ZipReader(new SourceReader(source), { useWebWorkers: false });
  const entries = await reader.getEntries().catch((error: unknown) => {
    throw damaged(error);
  });
  const byName = new Map(entries.map((entry) => [entry.filename, entry]));
  return {
    names: [...byName.keys()],
    async text(name) {
      const entry = byName.get(name);
      if (!entry || entry.directory) throw damaged(new Error("no such file"), name);
      try {
        if (entry.compressionMethod !== zstandard)
          return await entry.getData(new TextWriter(), { useWebWorkers: false });
        const packed = await entry.getData(new Uint8ArrayWriter(), {
          useWebWorkers: false,
          passThrough: true,
        });
        const { decompress } = await import("fzstd");
        return decodeUtf8(decompress(packed), `${source.name}, ${name}`);
      } catch (error) {
        throw damaged(error, name);
      }
    },
  };
}
