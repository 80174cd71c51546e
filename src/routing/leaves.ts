import type { NodeValues } from "./shrinkage.ts";

/** Some outputs of a forest's leaves: a weighted sum of rules of that size. */
export interface LeafBlock {
  readonly size: number;
  readonly parts: readonly (readonly [weight: number, rule: NodeValues])[];
}

/** A node's values of several kinds side by side. */
export function sideBySideRule(blocks: readonly LeafBlock[]): { size: number; rule: NodeValues } {
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  return {
    size,
    rule: (tree) => {
      const nodes = tree.count.length;
      const out = new Float64Array(nodes * size);
      let from = 0;
      for (const block of blocks) {
        for (const [weight, rule] of block.parts) {
          if (weight === 0) continue;
          const values = rule(tree);
          for (let node = 0; node < nodes; node++)
            for (let t = 0; t < block.size; t++)
              out[node * size + from + t] += weight * values[node * block.size + t];
        }
        from += block.size;
      }
      return out;
    },
  };
}
