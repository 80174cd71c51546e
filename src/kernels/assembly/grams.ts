/**
 * Counts the 2-, 3- and 4-grams of 16-bit units in 2^bits buckets: counts[bucket]++ (uint16, zero before), each
 * distinct bucket noted in `buckets` as it first appears. Returns their number; `buckets` needs one place more.
 */
export function countGrams(units: usize, length: i32, bits: i32, counts: usize, buckets: usize): i32 {
  const shift = 32 - bits;
  let to = buckets;
  for (let i = 0; i + 1 < length; i++) {
    const at = units + (<usize>i << 1);
    let hash: u32 = ((<u32>load<u16>(at) + 0x9e37) * 0x9e3779b1) ^ <u32>load<u16>(at, 2);
    hash *= 0x85ebca6b;
    to = add(hash, shift, counts, to);
    if (i + 2 >= length) continue;
    hash = (hash ^ (hash >> 13) ^ <u32>load<u16>(at, 4)) * 0xc2b2ae35;
    to = add(hash, shift, counts, to);
    if (i + 3 >= length) continue;
    hash = (hash ^ (hash >> 16) ^ <u32>load<u16>(at, 6)) * 0x27d4eb2f;
    to = add(hash, shift, counts, to);
  }
  return <i32>((to - buckets) >> 2);
}

/** Sets the counts of the first `size` buckets to zero again. */
export function clearGrams(counts: usize, buckets: usize, size: i32): void {
  const end = buckets + (<usize>size << 2);
  for (let at = buckets; at < end; at += 4) store<u16>(counts + (<usize>load<u32>(at) << 1), 0);
}

// @ts-ignore: decorator
@inline
function add(hash: u32, shift: i32, counts: usize, to: usize): usize {
  const bucket = ((hash ^ (hash >> 15)) * 0x2c1b3c6d) >> shift;
  const at = counts + (<usize>bucket << 1);
  const count = load<u16>(at);
  store<u16>(at, count + 1);
  // Without a branch, since whether a gram is new cannot be foretold.
  store<u32>(to, bucket);
  return to + (<usize>(count == 0) << 2);
}
