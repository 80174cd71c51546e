import { InputError } from "../input-error.ts";
import type { Embedder } from "./features.ts";
import { fingerprint } from "./fingerprint.ts";

/** Bytes that stay: a file on Node, or anything else. */
export interface FeatureStore {
  /** Everything that was stored; empty at first. */
  read(): Uint8Array;
  /** Replaces everything. */
  replace(bytes: Uint8Array): void;
  append(bytes: Uint8Array): void;
}

/** Texts that are embedded and stored at a time. */
const portion = 128;
const keyBytes = 8;
const headerBytes = 8;
const magic = 0x46525054; // "TPRF"

/**
 * An embedder that stores the features of each text and never computes them twice: what failed half-way goes on where
 * it stopped, and the same texts cost nothing the next time. One store for one source of features; its layout is a
 * header (magic, number of features; uint32) and records of a text's 64-bit fingerprint and float32 features, in the
 * machine's byte order. A record that was cut off is dropped.
 * @param onProgress called with the number of distinct texts done and of all that were missing
 */
export function rememberingEmbedder(
  embedder: Embedder,
  store: FeatureStore,
  onProgress?: (done: number, total: number) => void,
): Embedder {
  const { source } = embedder;
  return {
    source,
    async embed(texts) {
      const known = stored(store);
      const keys = texts.map((text) => fingerprint(new TextEncoder().encode(text)));
      const missing = [...new Map(keys.map((key, i) => [key, i])).values()].filter(
        (i) => !known.rows.has(keys[i]),
      );
      for (let start = 0; start < missing.length; start += portion) {
        const some = missing.slice(start, start + portion);
        const { dims, values } = await embedder.embed(some.map((i) => texts[i]));
        if (known.dims === undefined) {
          known.dims = dims;
          store.replace(new Uint8Array(Uint32Array.of(magic, dims).buffer));
        } else if (known.dims !== dims)
          throw new InputError("the source of features changed its number of features", {
            source: source.name,
            found: String(dims),
            expected: `${known.dims}, as stored before`,
          });
        some.forEach((i, r) => {
          known.rows.set(keys[i], values.slice(r * dims, (r + 1) * dims));
        });
        store.append(
          records(
            some.map((i) => keys[i]),
            known.rows,
            dims,
          ),
        );
        onProgress?.(start + some.length, missing.length);
      }
      const dims = known.dims ?? 1;
      const values = new Float32Array(texts.length * dims);
      keys.forEach((key, i) => {
        values.set(known.rows.get(key)!, i * dims);
      });
      return { source, dims, values };
    },
  };
}

function stored(store: FeatureStore): { dims: number | undefined; rows: Map<string, Float32Array> } {
  // A copy with a buffer of its own: Node's small Buffers share one.
  const bytes = new Uint8Array(store.read());
  const rows = new Map<string, Float32Array>();
  if (bytes.length < headerBytes) return { dims: undefined, rows };
  const [found, dims] = new Uint32Array(bytes.buffer, 0, 2);
  if (found !== magic || dims < 1) return { dims: undefined, rows };
  const size = keyBytes + 4 * dims;
  const count = Math.floor((bytes.length - headerBytes) / size);
  for (let r = 0; r < count; r++) {
    const at = headerBytes + r * size;
    const key = Array.from(bytes.subarray(at, at + keyBytes), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    rows.set(key, new Float32Array(bytes.buffer, at + keyBytes, dims));
  }
  const whole = headerBytes + count * size;
  if (whole < bytes.length) store.replace(bytes.subarray(0, whole));
  return { dims, rows };
}

function records(keys: readonly string[], rows: ReadonlyMap<string, Float32Array>, dims: number): Uint8Array {
  const size = keyBytes + 4 * dims;
  const out = new Uint8Array(keys.length * size);
  keys.forEach((key, r) => {
    for (let b = 0; b < keyBytes; b++) out[r * size + b] = Number.parseInt(key.slice(2 * b, 2 * b + 2), 16);
    const row = rows.get(key)!;
    out.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), r * size + keyBytes);
  });
  return out;
}
