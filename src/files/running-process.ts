import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Whether a process of this machine still works; one that was killed and waits for its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    if (!(pid > 0 && process.kill(pid, 0))) return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^ [ZX] /.test(stat.slice(stat.lastIndexOf(")") + 1));
  } catch {
    // Not Linux.
    return true;
  }
}

/** Names the space in which this process' number is its own: the machine, and the container where there is one. */
export function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}
