import type { VariationalOptions } from "./calibrate.ts";
import { takeCheckpoint } from "./checkpoint.ts";
import type { Progress } from "./em.ts";
import type { Start } from "./warm-start.ts";

/** How the iterations to convergence are followed, and where they go on. */
export function following(start: Start, { onIteration, onCheckpoint, from }: VariationalOptions) {
  return {
    ...(onIteration && { onIteration }),
    ...(onCheckpoint && {
      onCheckpoint: (state: Progress) => onCheckpoint(() => takeCheckpoint(start, state)),
    }),
    ...(from && { from }),
  };
}
