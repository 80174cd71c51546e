/**
 * Names kept once, numbered in the order of their first appearance. Looks them up by their UTF-8 bytes too, without
 * making a string: reading ten million rows meets the same few thousand names again and again.
 */
export class Interner {
  readonly names: string[] = [];
  private readonly byName = new Map<string, number>();
  /** Open addressing by the hash of the bytes: index + 1, or 0 where free. */
  private slots = new Int32Array(1024);
  private hashes: number[] = [];
  private keys: Uint8Array[] = [];
  private indices: number[] = [];

  /** Number of the name, which is new where it was not seen before. */
  index(name: string): number {
    let index = this.byName.get(name);
    if (index === undefined) {
      index = this.names.push(name) - 1;
      this.byName.set(name, index);
    }
    return index;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** As `index`, of the text from `start` to `end`; `decode` makes a new name's bytes a string. */
  indexOfBytes(bytes: Uint8Array, start: number, end: number, decode: (bytes: Uint8Array) => string): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let entry = this.slots[slot]; entry !== 0; entry = this.slots[slot]) {
      if (this.hashes[entry - 1] === hash && same(this.keys[entry - 1], bytes, start, end))
        return this.indices[entry - 1];
      slot = (slot + 1) & mask;
    }
    const key = bytes.slice(start, end);
    const index = this.index(decode(key));
    this.slots[slot] = this.keys.push(key);
    this.hashes.push(hash);
    this.indices.push(index);
    if (this.keys.length * 2 > this.slots.length) this.grow();
    return index;
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 4);
    const mask = this.slots.length - 1;
    for (const [entry, hash] of this.hashes.entries()) {
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry + 1;
    }
  }
}

function same(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
