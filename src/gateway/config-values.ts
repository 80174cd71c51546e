import { z } from "zod";

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "500ms", "30s", "5m" or a number of milliseconds. */
const aDuration = 'a duration such as "500ms", "30s" or "5m"';
export const duration = z
  .union([z.number().positive(), z.string()], { error: aDuration })
  .transform((value, context) => {
    if (typeof value === "number") return value;
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(value);
    if (match) return Number(match[1]) * units[match[2]];
    context.addIssue({ code: "custom", message: aDuration });
    return z.NEVER;
  });

const byteUnits: Record<string, number> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
const aSize = 'a size such as "10mb"';
export const bytes = z
  .union([z.number().int().positive(), z.string()], { error: aSize })
  .transform((value, context) => {
    if (typeof value === "number") return value;
    const match = /^(\d+(?:\.\d+)?)\s*(kb|mb|gb)$/i.exec(value);
    if (match) return Math.round(Number(match[1]) * byteUnits[match[2].toLowerCase()]);
    context.addIssue({ code: "custom", message: aSize });
    return z.NEVER;
  });

export const name = z
  .string()
  .regex(/^[\w][\w.:/@+-]{0,127}$/, "a name of letters, digits and . _ : / @ + -");
export const webAddress = z.url({ protocol: /^https?$/, error: "an http:// or https:// address" });
/** Where a key stands; never the key itself. */
export const keyFrom = z.strictObject({ env: z.string().optional(), file: z.string().optional() });
