import { kernelsBase64 } from "./kernels.wasm.ts";

/** What src/kernels/assembly exports; addresses and sizes are in bytes and elements. */
export interface Kernels {
  dots(a: number, b: number, out: number, m: number, n: number, k: number, stride: number): void;
  dotsInt16(a: number, b: number, out: number, m: number, n: number, k: number, stride: number): void;
  subtractDots(
    a: number,
    strideA: number,
    b: number,
    strideB: number,
    out: number,
    strideOut: number,
    m: number,
    n: number,
    k: number,
  ): void;
  nextAtMost(
    products: number,
    offsets: number,
    from: number,
    n: number,
    scale: number,
    limit: number,
  ): number;
  dotsInt8(a: number, b: number, out: number, n: number, k: number): void;
  smallestRows(
    products: number,
    offsets: number,
    n: number,
    scale: number,
    count: number,
    values: number,
    minima: number,
    heap: number,
    labels: number,
  ): number;
  rankByDistance(
    query: number,
    rows: number,
    labels: number,
    count: number,
    width: number,
    squares: number,
  ): void;
  clearGrams(counts: number, buckets: number, size: number): void;
  countGrams(units: number, length: number, bits: number, counts: number, buckets: number): number;
  gather(table: number, columns: number, weights: number, count: number, width: number, out: number): void;
  gatherRow(from: number, columns: number, weights: number, count: number, width: number, row: number): void;
  scatterRow(row: number, columns: number, weights: number, count: number, width: number, to: number): void;
  sumTerms(
    table: number,
    columns: number,
    weights: number,
    count: number,
    width: number,
    from: number,
    to: number,
    values: number,
  ): void;
  spreadTerms(
    table: number,
    columns: number,
    weights: number,
    count: number,
    width: number,
    from: number,
    to: number,
    values: number,
  ): void;
  walkTrees(
    nodes: number,
    roots: number,
    leaf: number,
    values: number,
    x: number,
    trees: number,
    width: number,
    rows: number,
    out: number,
  ): void;
}

const page = 65536;
const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
let compiled: WebAssembly.Module | undefined;
let kernels: Kernels | undefined;

/** The compiled kernels, for an instance with a memory of its own. */
export function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(decode(kernelsBase64));
  return compiled;
}

/** The compiled kernels, instantiated at first use. */
export function wasmKernels(): Kernels {
  kernels ??= instantiate(memory);
  return kernels;
}

/**
 * Places arrays one after another, 16-byte aligned, in the kernels' memory, which grows as needed. Only valid until
 * the next call: a kernel's caller places its inputs, runs and copies its output out.
 */
export function place(...byteLengths: number[]): { addresses: number[]; buffer: ArrayBuffer } {
  const { addresses, end } = layout(byteLengths);
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / page));
  return { addresses, buffer: memory.buffer };
}

/** As {@link place}, in a memory of its own with its own kernels, for what stays in place between calls. */
export function placeApart(...byteLengths: number[]): {
  kernels: Kernels;
  addresses: number[];
  buffer: ArrayBuffer;
} {
  const { addresses, end } = layout(byteLengths);
  const own = new WebAssembly.Memory({ initial: Math.ceil(end / page) });
  return { kernels: instantiate(own), addresses, buffer: own.buffer };
}

function layout(byteLengths: readonly number[]): { addresses: number[]; end: number } {
  let end = 16;
  const addresses = byteLengths.map((length) => {
    const start = end;
    end += (length + 15) & ~15;
    return start;
  });
  return { addresses, end };
}

function instantiate(own: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(kernelModule(), { env: { memory: own } }).exports as unknown as Kernels;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
