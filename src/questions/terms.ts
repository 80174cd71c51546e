/** Code units of a text's beginning and of its end that are read; what lies between is left out. */
const readAtEachEnd = 8192;

/** Hashed character n-grams of one text, as {@link termCounter} leaves them: valid until its next call. */
export interface TermCounts {
  /** Number of distinct terms. */
  readonly size: number;
  /** The distinct terms' buckets, in order of first appearance; entries from `size` on mean nothing. */
  readonly buckets: Uint32Array;
  /** Count of each bucket, by bucket. */
  readonly counts: Uint16Array;
}

/**
 * Counts a text's character 2-, 3- and 4-grams in 2^bits buckets. The text is lowercased and each run of white space
 * is one space; n-grams run over UTF-16 code units, so that every script (and any junk) counts as it stands. Of a text
 * longer than 16,384 units only the two ends are read, so that the time for one text is bounded.
 *
 * The buckets are those of the hashing trick (Weinberger et al. 2009) without signs; counts stop at 65,535.
 */
export function termCounter(bits: number): (text: string) => TermCounts {
  const counts = new Uint16Array(1 << bits);
  const buckets = new Uint32Array(Math.min(1 << bits, 6 * readAtEachEnd + 16));
  const units = new Uint16Array(2 * readAtEachEnd + 1);
  const shift = 32 - bits;
  let size = 0;
  const add = (hash: number) => {
    const bucket = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> shift;
    if (counts[bucket] === 0) buckets[size++] = bucket;
    if (counts[bucket] < 65535) counts[bucket]++;
  };
  return (text) => {
    for (let i = 0; i < size; i++) counts[buckets[i]] = 0;
    size = 0;
    const length = normalise(text, units);
    for (let i = 0; i + 1 < length; i++) {
      let hash = Math.imul(Math.imul(units[i] + 0x9e37, 0x9e3779b1) ^ units[i + 1], 0x85ebca6b);
      add(hash);
      if (i + 2 >= length) continue;
      hash = Math.imul(hash ^ (hash >>> 13) ^ units[i + 2], 0xc2b2ae35);
      add(hash);
      if (i + 3 >= length) continue;
      hash = Math.imul(hash ^ (hash >>> 16) ^ units[i + 3], 0x27d4eb2f);
      add(hash);
    }
    return { size, buckets, counts };
  };
}

/** Writes the text's units to `out` as {@link termCounter} counts them and returns their number. */
function normalise(text: string, out: Uint16Array): number {
  const whole = text.length <= 2 * readAtEachEnd;
  const read = whole ? text : `${text.slice(0, readAtEachEnd)} ${text.slice(-readAtEachEnd)}`;
  const lower = read.toLowerCase();
  let length = 0;
  let inSpace = true;
  for (let i = 0; i < lower.length && length < out.length; i++) {
    const unit = lower.charCodeAt(i);
    const space = unit <= 32 || unit === 0xa0 || unit === 0x3000;
    if (space && inSpace) continue;
    out[length++] = space ? 32 : unit;
    inSpace = space;
  }
  return inSpace && length > 0 ? length - 1 : length;
}
