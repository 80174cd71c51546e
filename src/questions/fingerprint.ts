/**
 * 64-bit fingerprint of bytes as 16 hexadecimal digits: MurmurHash3's 32-bit function (Appleby 2011) under two seeds.
 * It tells models and files apart; it does not withstand an attacker.
 */
export function fingerprint(bytes: Uint8Array): string {
  const hex = (hash: number) => (hash >>> 0).toString(16).padStart(8, "0");
  return hex(murmur3(bytes, 0x2f0b4c47)) + hex(murmur3(bytes, 0x6c62272e));
}

function murmur3(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = seed;
  for (let i = 0; i < whole; i += 4) {
    hash ^= scramble(view.getUint32(i, true));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let rest = 0;
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8) | bytes[i];
  hash ^= scramble(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
