import { expect, test } from "vitest";
import type { Embedder } from "./features.ts";
import { type FeatureStore, rememberingEmbedder } from "./remembered.ts";

function memory(): FeatureStore & { bytes: Uint8Array } {
  const store = {
    bytes: new Uint8Array(0),
    read: () => store.bytes,
    replace: (bytes: Uint8Array) => {
      store.bytes = bytes.slice();
    },
    append: (bytes: Uint8Array) => store.replace(Uint8Array.of(...store.bytes, ...bytes)),
  };
  return store;
}

/** Features: length and first unit of a text; fails when `limit` texts have been seen. */
function counting(limit: number): Embedder & { seen: string[] } {
  const seen: string[] = [];
  const source = { name: "counting", hash: "1" };
  return {
    source,
    seen,
    async embed(texts) {
      if (seen.length + texts.length > limit) throw new Error("server gone");
      seen.push(...texts);
      return {
        source,
        dims: 2,
        values: Float32Array.from(texts.flatMap((t) => [t.length, t.charCodeAt(0)])),
      };
    },
  };
}

const texts = Array.from({ length: 600 }, (_, i) => `question ${i % 590}`);

test("what was done before a failure is not done again", async () => {
  const store = memory();
  await expect(rememberingEmbedder(counting(300), store).embed(texts)).rejects.toThrow("server gone");
  const second = counting(Number.POSITIVE_INFINITY);
  const features = await rememberingEmbedder(second, store).embed(texts);
  expect(second.seen.length).toBe(590 - 256);
  expect(features).toEqual(await counting(Number.POSITIVE_INFINITY).embed(texts));
  const third = counting(0);
  expect(await rememberingEmbedder(third, store).embed(texts.slice(5, 9))).toEqual({
    ...features,
    values: features.values.slice(10, 18),
  });
});

test("a store that was cut off, or is none, loses only what was cut", async () => {
  const store = memory();
  await rememberingEmbedder(counting(600), store).embed(texts);
  store.bytes = store.bytes.slice(0, -5);
  const again = counting(600);
  await rememberingEmbedder(again, store).embed(texts);
  expect(again.seen.length).toBe(1);
  store.bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const anew = counting(600);
  const { values } = await rememberingEmbedder(anew, store).embed(texts);
  expect(anew.seen.length).toBe(590);
  expect(values[0]).toBe(10);
});

test("another number of features than before is an error", async () => {
  const store = memory();
  await rememberingEmbedder(counting(600), store).embed(["a"]);
  const other: Embedder = {
    source: { name: "other", hash: "1" },
    embed: async (some) => ({ source: other.source, dims: 3, values: new Float32Array(3 * some.length) }),
  };
  await expect(rememberingEmbedder(other, store).embed(["b"])).rejects.toThrow(/found 3, expected 2/);
});
