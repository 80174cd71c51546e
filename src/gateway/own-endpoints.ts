import type { Context, Hono } from "hono";
import { z } from "zod";
import { type Caller, identify, identifyAdmin } from "./access.ts";
import { ApiError } from "./api-error.ts";
import type { Gateway } from "./gateway.ts";
import { jsonBody } from "./json-body.ts";
import type { Store } from "./store.ts";

const feedback = z.strictObject({
  id: z.string().min(1).max(100),
  score: z.number().min(0).max(1),
  grader: z.string().min(1).max(100).default("user"),
  comment: z.string().max(4_000).optional(),
});

const limit = z.number().positive().optional();
const newKey = z.strictObject({
  name: z.string().min(1).max(100),
  role: z.enum(["admin", "user"]).default("user"),
  expires: z.iso.datetime({ error: 'a time such as "2030-01-01T00:00:00Z"' }).optional(),
  models: z.array(z.string()).min(1).optional(),
  requestsPerMinute: limit,
  tokensPerMinute: limit,
  budgetDay: limit,
  budgetMonth: limit,
});

/** The gateway's own endpoints on what it keeps: feedback, records and virtual keys. */
export function addOwnEndpoints(app: Hono, gateway: Gateway): void {
  const store = (): Store => {
    if (gateway.store) return gateway.store;
    throw new ApiError(404, "This gateway keeps no records.", { code: "no_store" });
  };

  app.post("/v1/feedback", async (c) => {
    const caller = await identify(gateway, c.req);
    const { id, score, grader, comment = null } = await jsonBody(c.req.raw, feedback);
    gateway.afterwards.catchUp();
    // Only who asked may grade: another's request is as unknown as one that never was.
    const known = await store().grade(
      { request: id, score, grader, comment, source: sourceOf(gateway, caller) },
      caller.admin ? null : (caller.key?.id ?? ""),
    );
    if (!known) throw unknownRequest();
    gateway.graded();
    return c.json({ object: "feedback", id, score, grader });
  });

  app.get("/v1/requests", async (c) => {
    const caller = await identify(gateway, c.req);
    const count = Math.min(Math.max(Number(c.req.query("limit")) || 100, 1), 1000);
    const rows = await store().query(
      `select request.*, score
       from request left join request_score on request_id = request.id where $1::text is null or key_id = $1 order by at desc limit $2`,
      [caller.admin ? null : (caller.key?.id ?? ""), count],
    );
    return c.json({ object: "list", data: rows });
  });

  app.get("/v1/requests/:id", async (c) => {
    const caller = await identify(gateway, c.req);
    const [row] = await store().query(
      "select * from request where id = $1 and ($2::text is null or key_id = $2)",
      [c.req.param("id"), caller.admin ? null : (caller.key?.id ?? "")],
    );
    if (!row) throw unknownRequest();
    return c.json(row);
  });

  app.get("/v1/keys", async (c) => {
    await identifyAdmin(gateway, c.req);
    return c.json({ object: "list", data: await (await store().keyring()).list() });
  });

  app.post("/v1/keys", async (c) => {
    await identifyAdmin(gateway, c.req);
    const { secret, key } = await (await store().keyring()).create(
      withoutUndefined(await jsonBody(c.req.raw, newKey)),
    );
    return c.json({ ...key, secret }, 201);
  });

  app.delete("/v1/keys/:id", async (c: Context) => {
    await identifyAdmin(gateway, c.req);
    if (!(await (await store().keyring()).revoke(c.req.param("id") ?? "")))
      throw new ApiError(404, "There is no such key.", { code: "unknown_key" });
    return c.json({ deleted: true });
  });
}

/** Under which name a grade counts. */
function sourceOf({ adminKey }: Gateway, { key, admin }: Caller): string {
  if (key) return key.id;
  return admin && adminKey ? "operator" : "anyone";
}

function unknownRequest(): ApiError {
  return new ApiError(404, "No request of this id is known to this key.", { code: "unknown_request" });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<T>;
}
