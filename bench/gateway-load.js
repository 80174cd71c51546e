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

/** Times of single requests at a steady rate, kept-alive, in milliseconds. */
export async function latencies(url, headers, rate, duration) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const times = [];
  const pending = [];
  const target = new URL(url);
  for (let i = 0; i < rate * duration; i++) {
    const due = performance.now() + 1000 / rate;
    pending.push(
      new Promise((resolve, reject) => {
        const begun = performance.now();
        const asked = request(
          target,
          { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
          (response) => {
            response.resume();
            response.on("end", () => {
              times.push(performance.now() - begun);
              resolve();
            });
          },
        );
        asked.on("error", reject);
        asked.end(body(i));
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  await Promise.all(pending);
  agent.destroy();
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(times.length * 0.5)], p99: times[Math.floor(times.length * 0.99)] };
}

/** 1,000 streams at once: how many came back whole and byte-identical, in which time. */
export async function streams(url, headers, count) {
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
              response.on("error", () => resolve(false));
            },
          );
          asked.on("error", () => resolve(false));
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
  for (let part = 0; part < 10; part++) {
    await load(url, {}, { connections: 16, amount: amount / 10 });
    memory.push(Math.round(memoryOf(child)));
  }
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return { requests: await count(), recorded: (await stored(url)).requests, memory };
}

async function stored(url) {
  const events = await fetch(new URL("/dashboard/events", url));
  const reader = events.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return JSON.parse(new TextDecoder().decode(value).slice(6)).totals;
}
