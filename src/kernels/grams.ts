import { placeApart } from "./wasm.ts";

/** Hashed 2-, 3- and 4-grams of a sequence of units. */
export interface GramCounts {
  /** Number of distinct buckets. */
  readonly size: number;
  /** The distinct buckets in order of first appearance; entries from `size` on mean nothing. */
  readonly buckets: Uint32Array;
  /** Count of each bucket, by bucket. */
  readonly counts: Uint16Array;
}

/** Counts the grams of units[0 … length); what it returns is valid until the next call. */
export interface GramCounter {
  readonly units: Uint16Array;
  count(length: number): GramCounts;
}

/** A counter of the grams of at most `most` units (below 65,536) in 2^bits buckets. */
export function gramCounter(bits: number, most: number): GramCounter {
  const distinct = Math.min(1 << bits, 3 * most);
  const { kernels, addresses, buffer } = placeApart(2 * most, 2 << bits, 4 * distinct + 4);
  const [toUnits, toCounts, toBuckets] = addresses;
  const buckets = new Uint32Array(buffer, toBuckets, distinct);
  const counts = new Uint16Array(buffer, toCounts, 1 << bits);
  let size = 0;
  return {
    units: new Uint16Array(buffer, toUnits, most),
    count(length) {
      kernels.clearGrams(toCounts, toBuckets, size);
      size = kernels.countGrams(toUnits, length, bits, toCounts, toBuckets);
      return { size, buckets, counts };
    },
  };
}

/** The plain twin of {@link gramCounter}, to compare with: count by bucket, in order of first appearance. */
export function countGramsPlain(units: ArrayLike<number>, bits: number): Map<number, number> {
  const counts = new Map<number, number>();
  const add = (hash: number) => {
    const bucket = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - bits);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  };
  for (let i = 0; i + 1 < units.length; i++) {
    let hash = Math.imul(Math.imul(units[i] + 0x9e37, 0x9e3779b1) ^ units[i + 1], 0x85ebca6b);
    add(hash);
    if (i + 2 >= units.length) continue;
    hash = Math.imul(hash ^ (hash >>> 13) ^ units[i + 2], 0xc2b2ae35);
    add(hash);
    if (i + 3 >= units.length) continue;
    hash = Math.imul(hash ^ (hash >>> 16) ^ units[i + 3], 0x27d4eb2f);
    add(hash);
  }
  return counts;
}
