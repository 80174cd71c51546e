/**
 * How long a server asks to be left alone: `retry-after-ms` (OpenAI's), or seconds or a date in `retry-after`
 * (RFC 9110, section 10.2.3).
 *
 * @param header looks a header up by its name in lower case
 * @returns milliseconds; undefined when it does not ask, or in no known way
 */
export function retryAfter(header: (name: string) => unknown): number | undefined {
  const milliseconds = header("retry-after-ms");
  if (typeof milliseconds === "string" && milliseconds.trim() !== "" && Number(milliseconds) >= 0)
    return Number(milliseconds);
  const value = header("retry-after");
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
