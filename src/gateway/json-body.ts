import type { z } from "zod";
import { ApiError } from "./api-error.ts";
import { mistakeIn } from "./config-mistakes.ts";
import { readBody } from "./request-body.ts";

/** Reads and checks the body of one of the gateway's own endpoints. @throws ApiError naming the field, what stands there and what should */
export async function jsonBody<S extends z.ZodType>(
  request: Request,
  schema: S,
  limit = 65_536,
): Promise<z.output<S>> {
  let value: unknown;
  const text = await readBody(request, limit);
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(400, "The body is not valid JSON.", { code: "invalid_json" });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { message, problem } = mistakeIn(result.error.issues, schema, value, "body");
  throw new ApiError(400, message, {
    code: "invalid_field",
    ...(problem.field && { param: problem.field }),
  });
}
