import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PostgreSQL server of a test's own. */
export interface PostgresServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): void;
  remove(): void;
}

/** Folder of PostgreSQL's programs; undefined where it is not installed. */
export const postgresPrograms = ((): string | undefined => {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian)
    ? readdirSync(debian).map((version) => join(debian, version, "bin"))
    : [];
  return [...versions, "/usr/local/bin", "/usr/bin"].find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")),
  );
})();

/** PostgreSQL refuses to run as root: as the user that its package made. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Lays out a database in a temporary folder; not yet started. */
export async function postgresServer(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "tripos-postgres-"));
  const who = owner();
  if (who.uid !== undefined) chownSync(folder, who.uid, who.gid!);
  const port = await freePort();
  const run = (program: string, ...rest: string[]) =>
    execFileSync(join(postgresPrograms!, program), rest, { ...who, cwd: folder, stdio: "pipe" });
  run("initdb", "-D", join(folder, "data"), "-U", "tripos", "--auth=trust", "-N");
  const stop = () => void run("pg_ctl", "-D", join(folder, "data"), "-m", "immediate", "-w", "stop");
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
  return {
    url: `postgres://tripos@127.0.0.1:${port}/postgres`,
    start: () =>
      new Promise((resolve, reject) => {
        const starting = spawn(
          join(postgresPrograms!, "pg_ctl"),
          ["-D", join(folder, "data"), "-w", "-l", join(folder, "log"), "-o", options, "start"],
          {
            ...who,
            cwd: folder,
            stdio: "ignore",
          },
        );
        starting.once("exit", (code) =>
          code === 0 ? resolve() : reject(new Error(`pg_ctl ended with ${code}`)),
        );
      }),
    stop,
    remove() {
      try {
        stop();
      } catch {
        // It had stopped already.
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
