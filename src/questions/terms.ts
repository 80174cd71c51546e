import { type GramCounts, gramCounter } from "../kernels/index.ts";

/** Code units of a text's beginning and of its end that are read; what lies between is left out. */
const readAtEachEnd = 8192;
const mostUnits = 2 * readAtEachEnd + 1;

/** Most distinct terms that a text can have. */
export function mostTerms(bits: number): number {
  return Math.min(1 << bits, 3 * mostUnits);
}

/**
 * Counts a text's character 2-, 3- and 4-grams in 2^bits buckets. The text is lowercased and each run of white space
 * is one space; n-grams run over UTF-16 code units, so that every script (and any junk) counts as it stands. Of a text
 * longer than 16,384 units only the two ends are read, so that the time for one text is bounded.
 *
 * The buckets are those of the hashing trick (Weinberger et al. 2009) without signs. The counts are valid until the
 * next call.
 */
export function termCounter(bits: number): (text: string) => GramCounts {
  const { units, count } = gramCounter(bits, mostUnits);
  return (text) => count(normalise(text, units));
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
