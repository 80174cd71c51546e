/**
 * Keeps the smallest values seen, and a label of each: `values` is a max-heap, so that values[0] is the largest kept.
 * Start with Infinity everywhere and call for values below values[0]: the largest makes room.
 */
export function replaceLargest(
  values: Float64Array,
  labels: Uint32Array,
  value: number,
  label: number,
): void {
  const size = values.length;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && values[child + 1] > values[child]) child++;
    if (values[child] <= value) break;
    values[at] = values[child];
    labels[at] = labels[child];
    at = child;
  }
  values[at] = value;
  labels[at] = label;
}
