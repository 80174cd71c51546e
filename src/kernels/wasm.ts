import { kernelsBase64 } from "./kernels.wasm.ts";

/** What src/kernels/assembly exports; addresses and sizes are in bytes and elements. */
export interface Kernels {
  dots(a: number, b: number, out: number, m: number, n: number, k: number, stride: number): void;
}

const page = 65536;
const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
let kernels: Kernels | undefined;

/** The compiled kernels, instantiated at first use. */
export function wasmKernels(): Kernels {
  kernels ??= new WebAssembly.Instance(new WebAssembly.Module(decode(kernelsBase64)), { env: { memory } })
    .exports as unknown as Kernels;
  return kernels;
}

/**
 * Places arrays one after another, 16-byte aligned, in the kernels' memory, which grows as needed. Only valid until
 * the next call: a kernel's caller places its inputs, runs and copies its output out.
 */
export function place(...byteLengths: number[]): { addresses: number[]; buffer: ArrayBuffer } {
  let end = 16;
  const addresses = byteLengths.map((length) => {
    const start = end;
    end += (length + 15) & ~15;
    return start;
  });
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / page));
  return { addresses, buffer: memory.buffer };
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
