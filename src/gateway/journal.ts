import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/** A file of records, one JSON object a line, and the same lines in memory while this process lives. */
export interface Segment {
  readonly path: string;
  readonly lines: readonly string[];
}

/**
 * What happened, on disk within a tenth of a second, until the database has it. A process killed at any moment
 * loses at most that; a database that is away loses nothing.
 */
export class Journal {
  readonly #folder: string;
  readonly #onProblem: (error: unknown) => void;
  #lines: string[] = [];
  /** How many of the lines are written, or were tried in vain. */
  #written = 0;
  #file: FileHandle | undefined;
  #path = "";
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(folder: string, onProblem: (error: unknown) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
    mkdirSync(folder, { recursive: true });
  }

  /** Segments that earlier processes left. Half a line at an end (a kill in the middle of a write) is left out. */
  leftBehind(): Segment[] {
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => {
        const path = join(this.#folder, name);
        return { path, lines: readFileSync(path, "utf8").split("\n").filter(isWhole) };
      });
  }

  /** @param record as JSON */
  add(record: string): void {
    this.#lines.push(record);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, 100);
  }

  /** Writes what is not yet on disk. A disk that is full is reported; the records stay in memory. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (this.#written === this.#lines.length) return;
      const lines = `${this.#lines.slice(this.#written).join("\n")}\n`;
      this.#written = this.#lines.length;
      try {
        if (!this.#file) {
          this.#path = join(this.#folder, `${Date.now()}-${process.pid}-${this.#count++}.jsonl`);
          this.#file = await open(this.#path, "a", 0o600);
        }
        await this.#file.appendFile(lines);
      } catch (error) {
        this.#onProblem(error);
      }
    });
    return this.#writing;
  }

  /** Begins a new segment and returns the one before; undefined when it holds nothing. */
  async turn(): Promise<Segment | undefined> {
    await this.flush();
    if (this.#written === 0) return undefined;
    const segment = { path: this.#path, lines: this.#lines.slice(0, this.#written) };
    this.#lines = this.#lines.slice(this.#written);
    this.#written = 0;
    const file = this.#file;
    this.#file = undefined;
    this.#path = "";
    await file?.close().catch(() => {});
    return segment;
  }

  remove({ path }: Segment): void {
    if (path) rmSync(path, { force: true });
  }
}

function isWhole(line: string): boolean {
  try {
    return JSON.parse(line) !== null;
  } catch {
    return false;
  }
}
