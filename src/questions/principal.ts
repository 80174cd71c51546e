import { latentDirections } from "./latent.ts";

/**
 * The leading directions of some features around their mean (principal components), width × dims.
 * @param values rows × width, row by row
 */
export function principalDirections(
  values: Float32Array,
  width: number,
  dims: number,
  seed: number,
): { mean: Float64Array; directions: Float64Array } {
  const rows = values.length / width;
  const mean = new Float64Array(width);
  values.forEach((value, o) => {
    mean[o % width] += value / rows;
  });
  const directions = latentDirections(
    {
      width,
      starts: Uint32Array.from({ length: rows + 1 }, (_, r) => r * width),
      columns: Uint32Array.from(values, (_, o) => o % width),
      values: values.map((value, o) => value - mean[o % width]),
    },
    dims,
    seed,
  );
  return { mean, directions };
}
