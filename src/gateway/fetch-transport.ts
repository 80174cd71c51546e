import { Deadline } from "./deadline.ts";
import type { Timeouts, Transport, UpstreamAnswer } from "./upstream.ts";

/**
 * An upstream reached by `fetch` alone, for runtimes where undici's connections are not to be had (Bun). Connecting has
 * no time of its own here: it counts towards the first bytes.
 */
export function fetchTransport(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  timeouts: Timeouts,
  query = "",
): Transport {
  const base = baseUrl.replace(/\/$/, "");
  return {
    async send({ path, body, headers: own, signal }) {
      const deadline = new Deadline(signal);
      const asked = fetch(`${base}${path}${query}`, {
        method: "POST",
        headers: { ...own, ...headers, "content-type": "application/json" },
        body,
        redirect: "manual",
        signal: deadline.signal,
      });
      const response = await deadline.within(timeouts.first, "UND_ERR_HEADERS_TIMEOUT", asked);
      const reader = response.body?.getReader();
      const end = { done: true, value: undefined } as const;
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: {
          async next() {
            if (!reader) return end;
            const piece = deadline.within(timeouts.idle, "UND_ERR_BODY_TIMEOUT", reader.read());
            const { done, value } = await piece;
            if (!done) return { done, value };
            deadline.end();
            return end;
          },
        },
        cancel: () => deadline.giveUp(),
      } satisfies UpstreamAnswer;
    },
    close: async () => {},
  };
}
