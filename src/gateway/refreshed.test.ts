import { expect, test, vi } from "vitest";
import { refreshed } from "./refreshed.ts";

let now = 0;
vi.spyOn(performance, "now").mockImplementation(() => now);

test("who asks while a result is computed or fresh gets that one; later ones get a new one", async () => {
  let computed = 0;
  const value = refreshed(async () => ++computed, 30);
  expect(await Promise.all([value(), value()])).toEqual([1, 1]);
  now += 29;
  expect(await value()).toBe(1);
  now += 1;
  expect(await value()).toBe(2);
});

test("what takes long is computed less often", async () => {
  let computed = 0;
  const value = refreshed(async () => {
    now += 10;
    return ++computed;
  }, 30);
  await value();
  now += 199;
  expect(await value()).toBe(1);
  now += 1;
  expect(await value()).toBe(2);
});

test("a failure is not kept for ever", async () => {
  let fails = true;
  const value = refreshed(async () => {
    if (fails) throw new Error("away");
    return "there";
  }, 5);
  await expect(value()).rejects.toThrow("away");
  fails = false;
  now += 5;
  expect(await value()).toBe("there");
});
