/** to[toAt …] += factor · from[fromAt …], `count` numbers. */
export function addTimes(
  to: Float64Array,
  toAt: number,
  from: Float64Array,
  fromAt: number,
  factor: number,
  count: number,
): void {
  if (factor === 0) return;
  for (let c = 0; c < count; c++) to[toAt + c] += factor * from[fromAt + c];
}

/** Inner product from index `start` on. */
export function dot(a: Float64Array, b: Float64Array, start: number): number {
  let sum = 0;
  for (let k = start; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
