import { expect, test } from "vitest";
import { retryAfter } from "./retry-after.ts";

const asked = (headers: Record<string, string>) => retryAfter((name) => headers[name]);

test("reads seconds, dates and OpenAI's milliseconds, which win", () => {
  expect(asked({ "retry-after": "2" })).toBe(2000);
  expect(asked({ "retry-after": "0.5" })).toBe(500);
  expect(asked({ "retry-after": "2", "retry-after-ms": "150" })).toBe(150);
  const wait = asked({ "retry-after": new Date(Date.now() + 10_000).toUTCString() });
  expect(wait).toBeGreaterThan(8000);
  expect(wait).toBeLessThanOrEqual(10_000);
  expect(asked({ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" })).toBe(0);
});

test("what cannot be read is as nothing", () => {
  for (const value of ["", " ", "soon", "-3"]) expect(asked({ "retry-after": value })).toBeUndefined();
  expect(asked({})).toBeUndefined();
  expect(asked({ "retry-after-ms": "x", "retry-after": "1" })).toBe(1000);
});
