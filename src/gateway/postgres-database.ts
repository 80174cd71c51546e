import type { Database } from "./database.ts";

/** PostgreSQL at an address (postgres://…); connections lost are made anew. */
export async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import("pg");
  const options = { connectionString: url, connectionTimeoutMillis: 5_000, application_name: "tripos" };
  const pool = new pg.Pool({ ...options, max: 8 });
  pool.on("error", () => {}); // An idle connection broke; the next query makes a new one.
  let closed = false;
  const listeners = new Set<InstanceType<typeof pg.Client>>();

  return {
    sole: false,
    query: async (sql, parameters) => (await pool.query(sql, [...(parameters ?? [])])).rows,
    async script(sql) {
      const client = await pool.connect();
      try {
        await client.query(`begin;\n${sql};\ncommit;`);
      } catch (error) {
        await client.query("rollback").catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
    async listen(channel, onNotice) {
      const connect = async (): Promise<void> => {
        const client = new pg.Client({ ...options, keepAlive: true });
        client.on("notification", onNotice);
        client.on("error", () => {});
        client.once("end", () => {
          listeners.delete(client);
          if (!closed) setTimeout(again, 1_000).unref();
        });
        await client.connect();
        listeners.add(client);
        await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      };
      const again = (): void => {
        if (closed) return;
        connect().then(onNotice, () => setTimeout(again, 1_000).unref());
      };
      await connect();
    },
    async close() {
      closed = true;
      await Promise.all([...[...listeners].map((client) => client.end()), pool.end()]);
    },
  };
}
