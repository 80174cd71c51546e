/** Times to the first byte of an upstream's last 128 answers. */
export class Latencies {
  readonly #recent = new Float64Array(128);
  #count = 0;
  #sorted: Float64Array | undefined;

  add(milliseconds: number): void {
    this.#recent[this.#count++ % this.#recent.length] = milliseconds;
    if (this.#count % 16 === 0) this.#sorted = undefined;
  }

  /** The quantile in milliseconds; undefined before 20 answers were seen. */
  quantile(q: number): number | undefined {
    if (this.#count < 20) return undefined;
    this.#sorted ??= this.#recent.slice(0, Math.min(this.#count, this.#recent.length)).sort();
    return this.#sorted[Math.min(this.#sorted.length - 1, Math.floor(q * this.#sorted.length))];
  }
}
