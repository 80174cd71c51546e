import type { Database } from "./database.ts";
import { Journal, type Segment } from "./journal.ts";
import type { Log } from "./log.ts";

/** Rows in one statement: enough to be quick, few enough to leave the database free for others in between. */
const batch = 2_000;

/** Brings the journal's records into the database, about once a second, until it has them. */
export class RecordStore {
  readonly #journal: Journal;
  readonly #database: Promise<Database>;
  readonly #log: Log;
  #waiting: Segment[];
  #working: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout;
  #failing = false;

  constructor(folder: string, database: Promise<Database>, log: Log) {
    this.#log = log;
    this.#database = database;
    this.#journal = new Journal(folder, (error) =>
      log.problem("the journal cannot be written; records are kept in memory", {
        error: (error as Error).message,
      }),
    );
    this.#waiting = this.#journal.leftBehind();
    this.#timer = setInterval(() => void this.settle(), 1_000);
    this.#timer.unref();
  }

  /** @param record as JSON */
  add(record: string): void {
    this.#journal.add(record);
  }

  /** Whether the database took the last records that it was given. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Brings in what there is now. */
  settle(): Promise<void> {
    // Work under way has taken what there was when it began.
    if (this.#working) {
      this.#next ??= this.#working.then(() => this.settle());
      return this.#next;
    }
    this.#next = undefined;
    this.#working = this.#settle().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #settle(): Promise<void> {
    const segment = await this.#journal.turn();
    if (segment) this.#waiting.push(segment);
    if (this.#waiting.length === 0) return;
    try {
      const database = await this.#database;
      while (this.#waiting.length > 0) {
        const { lines } = this.#waiting[0];
        for (let i = 0; i < lines.length; i += batch)
          await database.query("select take_in($1)", [`[${lines.slice(i, i + batch).join(",")}]`]);
        this.#journal.remove(this.#waiting.shift()!);
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.#log.problem("the database takes no records; the journal keeps them", {
          error: (error as Error).message,
        });
      this.#failing = true;
    }
  }

  /** Closes what was given nothing. */
  leave(): void {
    clearInterval(this.#timer);
  }

  /** Writes everything out; the database gets what it can take. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#journal.flush();
    await Promise.race([this.settle(), new Promise((resolve) => setTimeout(resolve, 3_000).unref())]);
  }
}
