/** A row as the database gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** PostgreSQL, in this process's folder or somewhere else: the same SQL. */
export interface Database {
  /** One statement with its parameters ($1, $2, …). */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Several statements in one transaction, without parameters. */
  script(sql: string): Promise<void>;
  /** Calls back on each NOTIFY of the channel, and once more whenever some may have been missed. */
  listen(channel: string, onNotice: () => void): Promise<void>;
  close(): Promise<void>;
  /** True when nobody else can use the same data at the same time. */
  readonly sole: boolean;
}
