import { abortSignal } from "./departure.ts";
import type { Timeouts, Transport, UpstreamAnswer } from "./upstream.ts";

/** An error by the code that undici gives it, as {@link reason} knows it. */
const coded = (code: string) => Object.assign(new Error(code), { code });

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
      signal.throwIfAborted();
      const controller = new AbortController();
      const client = abortSignal(signal);
      const leave = () => controller.abort(client.reason);
      client.addEventListener("abort", leave, { once: true });
      const within = async <T>(milliseconds: number, code: string, work: Promise<T>): Promise<T> => {
        const timer = setTimeout(() => controller.abort(coded(code)), milliseconds);
        try {
          return await work;
        } catch (error) {
          throw controller.signal.aborted ? controller.signal.reason : error;
        } finally {
          clearTimeout(timer);
        }
      };
      const asked = fetch(`${base}${path}${query}`, {
        method: "POST",
        headers: { ...own, ...headers, "content-type": "application/json" },
        body,
        redirect: "manual",
        signal: controller.signal,
      });
      const response = await within(timeouts.first, "UND_ERR_HEADERS_TIMEOUT", asked);
      const reader = response.body?.getReader();
      const end = { done: true, value: undefined } as const;
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: {
          async next() {
            if (!reader) return end;
            const { done, value } = await within(timeouts.idle, "UND_ERR_BODY_TIMEOUT", reader.read());
            if (!done) return { done, value };
            client.removeEventListener("abort", leave);
            return end;
          },
        },
        cancel: () => controller.abort(coded("given up")),
      } satisfies UpstreamAnswer;
    },
    close: async () => {},
  };
}
