import type { RequestRecord } from "./request-record.ts";

/** Says what happens: lines for a person at a terminal, JSON for a program. */
export interface Log {
  /** @param json the record as JSON */
  request(record: RequestRecord, json: string): void;
  event(message: string, details?: Readonly<Record<string, unknown>>): void;
  problem(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Lines such as `12:03:04 chat → mistral-7b (P .81) 200 in 312 ms, 60 + 6 tokens, $0.00012`. */
export function personalLog(write: (line: string) => void): Log {
  const time = () => new Date().toTimeString().slice(0, 8);
  const tail = (details?: Readonly<Record<string, unknown>>) =>
    details
      ? ` ${Object.entries(details)
          .map(([name, value]) => `${name}=${printable(String(value))}`)
          .join(" ")}`
      : "";
  return {
    request(record) {
      const p = record.p === null ? "" : ` (P ${record.p.toFixed(2)})`;
      const tokens = `${record.inputTokens} + ${record.outputTokens} tokens`;
      const cost = record.cost === null ? "cost unknown" : `$${record.cost.toPrecision(2)}`;
      const ending = record.outcome === "ok" ? "" : ` ${record.outcome}`;
      write(
        `${time()} ${record.endpoint} → ${printable(record.model ?? "nobody")}${p} ${record.status}${ending} in ${record.time.toFixed(0)} ms, ${tokens}, ${cost}\n`,
      );
    },
    event: (message, details) => write(`${time()} ${message}${tail(details)}\n`),
    problem: (message, details) => write(`${time()} ! ${message}${tail(details)}\n`),
  };
}

/** Nothing from outside may steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "�").slice(0, 300);
}

/**
 * One JSON object a line on standard error, written in batches so that logging never waits. Requests, of which there
 * are many, are written as the line that pino would make of them.
 */
export async function jsonLog(): Promise<Log> {
  const { pino } = await import("pino");
  const destination = pino.destination({ fd: 2, sync: false, minLength: 12_288, periodicFlush: 200 });
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    request(record, json) {
      const fields = record.question === null ? json : JSON.stringify({ ...record, question: null });
      const time = new Date().toISOString();
      destination.write(`{"level":30,"time":"${time}",${fields.slice(1, -1)},"msg":"request"}\n`);
    },
    event: (message, details) => logger.info(details ?? {}, message),
    problem: (message, details) => logger.error(details ?? {}, message),
  };
}
