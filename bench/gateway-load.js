// The load that bench/gateway.js puts on each gateway.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import autocannon from "autocannon";
import { streamed } from "./gateway-upstream.js";

const question = (i) =>
  `Question ${i}: which of the following is a statistic that can be used to test the hypothesis that the return to work experience for female workers is significant and positive? A) x2 test B) F test C) Durbin Watson test D) t test`;
const body = (i, stream = false) =>
  JSON.stringify({
    model: "tripos",
    ...(stream && { stream }),
    messages: [{ role: "user", content: question(i) }],
  });

/** As many requests as `connections` connections bring about. */
export function load(url, headers, more) {
  let i = 0;
  return autocannon({
    url,
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    requests: [
      {
        // Each question is another one: no cache of decisions helps.
        setupRequest: (each) => ({ ...each, body: body(i++) }),
      },
    ],
    ...more,
  });
}

/**
 * Latency that a gateway adds, in milliseconds: at each tick of a steady rate one request through it and, half a tick
 * later, one straight to the upstream, by the same client in the same seconds. What is added is the difference of the
 * quantiles. Requests that would begin later than `patience` ms after their tick are left out, and counted.
 */
export async function addedLatency(url, headers, direct, rate, duration, patience = 2_000) {
  const [through, straight] = [timed(url, headers), timed(direct, {})];
  const wait = async (until) => {
    const left = until - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  };
  const begun = performance.now();
  let late = 0;
  for (let i = 0; i < rate * duration; i++) {
    const due = begun + (1000 * i) / rate;
    await wait(due);
    if (through.open() * (1000 / rate) > patience) late++;
    else through.ask(i);
    await wait(due + 500 / rate);
    straight.ask(i);
  }
  const [with_, without] = [await through.end(), await straight.end()];
  return {
    ...with_,
    addedP50: with_.p50 - without.p50,
    addedP99: with_.p99 - without.p99,
    direct: without,
    late,
  };
}

/** Asks kept-alive connections of its own, and keeps the times. */
export function timed(url, headers) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const target = new URL(url);
  const times = [];
  const pending = new Set();
  const taken = () => {
    const sorted = times.splice(0).sort((a, b) => a - b);
    const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
    return { p50: at(0.5), p99: at(0.99), requests: sorted.length };
  };
  return {
    open: () => pending.size,
    /** The times since it was asked last. */
    taken,
    ask(i) {
      const done = new Promise((resolve, reject) => {
        const begun = performance.now();
        const options = {
          method: "POST",
          agent,
          headers: { "content-type": "application/json", ...headers },
        };
        const asked = request(target, options, (response) => {
          response.resume();
          response.on("end", () => {
            times.push(performance.now() - begun);
            resolve();
          });
        });
        asked.on("error", reject);
        asked.end(body(i));
      }).finally(() => pending.delete(done));
      pending.add(done);
    },
    async end() {
      await Promise.all(pending);
      agent.destroy();
      return taken();
    },
  };
}

/** Many streams at once: how many came back whole and byte-identical within `patience` ms, in which time. */
export async function streams(url, headers, count, patience) {
  const agent = new Agent({ keepAlive: false, maxSockets: count });
  const begun = performance.now();
  const results = await Promise.all(
    Array.from(
      { length: count },
      (_, i) =>
        new Promise((resolve) => {
          const asked = request(
            new URL(url),
            { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
            (response) => {
              let text = "";
              response.setEncoding("utf8");
              response.on("data", (data) => {
                text += data;
              });
              response.on("end", () => resolve(text === streamed));
              response.on("close", () => resolve(false));
            },
          );
          asked.on("error", () => resolve(false));
          setTimeout(() => asked.destroy(), patience).unref();
          asked.end(body(i, true));
        }),
    ),
  );
  return {
    identical: results.filter(Boolean).length,
    of: count,
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Memory of a process in MB. */
export const memoryOf = (child) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024;

/** Whether a gateway answers. */
export async function answers(url, headers) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: body(0),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Many requests: memory as it goes, and whether every record is there. */
export async function soak(url, child, amount) {
  const count = async () => {
    const text = await (await fetch(new URL("/metrics", url))).text();
    return [...text.matchAll(/^tripos_requests_total\{.*\} (\d+)/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  };
  const memory = [];
  const begun = performance.now();
  const before = (await stored(url)).requests - (await count());
  for (let part = 0; part < 20; part++) {
    await load(url, {}, { connections: 16, amount: amount / 20 });
    memory.push(Math.round(memoryOf(child)));
    process.stderr.write(`soak ${((part + 1) * 5).toFixed(0)} %: ${memory.at(-1)} MB\n`);
  }
  const seconds = (performance.now() - begun) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const requests = await count();
  return { requests, recorded: (await stored(url)).requests - before, seconds, memory };
}

/** Sums of the database, once it has what came in the last seconds. */
async function stored(url) {
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const events = await fetch(new URL("/dashboard/events", url));
  const reader = events.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return JSON.parse(new TextDecoder().decode(value).slice(6)).totals;
}
