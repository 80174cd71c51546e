import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { ApiError } from "./api-error.ts";
import type { Database, Row } from "./database.ts";

/** A virtual key as its holder's requests need it. The key itself is nowhere kept, only its hash. */
export interface VirtualKey {
  readonly id: string;
  readonly name: string;
  readonly role: "admin" | "user";
  readonly expires: number | null;
  /** Models it may use; null: all. */
  readonly models: readonly string[] | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  /** US dollars. */
  readonly budgetDay: number | null;
  readonly budgetMonth: number | null;
}

/** The most that a request may use. */
export interface Bound {
  /** US dollars. */
  readonly cost: number;
  /** Tokens of its prompts, of all models that may be asked. */
  readonly prompts: number;
  /** How many answers there may be. */
  readonly answers: number;
  /** Tokens of the longest answer allowed; null where the request does not say. */
  readonly longest: number | null;
}

/** What a new key may do. */
export type NewKey = Partial<Omit<VirtualKey, "id" | "expires">> & {
  readonly name: string;
  readonly expires?: string | null | undefined;
};

/** The virtual keys, at hand in memory; changed by any gateway, known to all of them at once. */
export class Keyring {
  readonly #database: Database;
  #byHash = new Map<string, VirtualKey>();
  /** Requests under way that hold something. */
  readonly #holding = new Set<string>();

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(database: Database): Promise<Keyring> {
    const keyring = new Keyring(database);
    await database.listen("tripos_keys", () => void keyring.#load().catch(() => {}));
    await keyring.#load();
    return keyring;
  }

  async #load(): Promise<void> {
    const rows = await this.#database.query("select * from api_key where revoked is null");
    this.#byHash = new Map(rows.map((row) => [String(row.hash), fromRow(row)]));
  }

  /** The holder of a key; undefined when there is none. */
  find(secret: string): VirtualKey | undefined {
    const key = this.#byHash.get(hashOf(secret));
    return key && (key.expires === null || key.expires > Date.now()) ? key : undefined;
  }

  /** Makes a key. The secret is shown this once. */
  async create(wanted: NewKey): Promise<{ secret: string; key: VirtualKey }> {
    const secret = `tripos-${randomBytes(32).toString("base64url")}`;
    const id = `key_${randomBytes(9).toString("base64url")}`;
    const [row] = await this.#database.query(
      `insert into api_key (id, name, role, hash, expires, models, requests_per_minute, tokens_per_minute, budget_day, budget_month)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *`,
      [
        id,
        wanted.name,
        wanted.role ?? "user",
        hashOf(secret),
        wanted.expires ?? null,
        wanted.models ?? null,
        wanted.requestsPerMinute ?? null,
        wanted.tokensPerMinute ?? null,
        wanted.budgetDay ?? null,
        wanted.budgetMonth ?? null,
      ],
    );
    await this.#changed();
    return { secret, key: fromRow(row) };
  }

  /** Ends a key at once, at every gateway. */
  async revoke(id: string): Promise<boolean> {
    const rows = await this.#database.query(
      "update api_key set revoked = now() where id = $1 and revoked is null returning id",
      [id],
    );
    if (rows.length > 0) await this.#changed();
    return rows.length > 0;
  }

  /** Every key with what it has spent; no hashes. */
  async list(): Promise<readonly Row[]> {
    return this.#database.query(`
      select id, name, role, created, expires, revoked, models, requests_per_minute, tokens_per_minute, budget_day,
        budget_month,
        coalesce((select sum(cost) from spend where key_id = api_key.id and day = current_date), 0) as spent_today,
        coalesce((select sum(cost) from spend where key_id = api_key.id and day >= date_trunc('month', current_date)), 0) as spent_month
      from api_key order by created`);
  }

  /** Lets a request begin, holding the most that it may use against the key's budgets and tokens. @throws ApiError */
  async admit(key: VirtualKey, request: string, { cost, prompts, answers, longest }: Bound): Promise<void> {
    const held = key.tokensPerMinute ?? key.budgetDay ?? key.budgetMonth;
    if (held === null && key.requestsPerMinute === null) return;
    const [{ against }] = await this.#database.query("select admit($1, $2, $3, $4, $5, $6) as against", [
      key.id,
      request,
      cost,
      prompts,
      answers,
      longest,
    ]);
    if (against !== null) throw refusal(String(against));
    if (held !== null) this.#holding.add(request);
  }

  /** Of what a request held, keeps only what it used, until its record is taken in. */
  async settle(request: string, tokens: number, cost: number | null): Promise<void> {
    if (!this.#holding.delete(request)) return;
    await this.#database.query(
      "update reservation set tokens = $2, amount = coalesce($3, amount) where request_id = $1",
      [request, tokens, cost],
    );
  }

  async #changed(): Promise<void> {
    await this.#database.query("notify tripos_keys");
    await this.#load();
  }
}

function refusal(against: string): ApiError {
  if (against === "requests" || against === "tokens") {
    const wait = String(60 - new Date().getUTCSeconds());
    return new ApiError(
      429,
      `This key's ${against} per minute are used up; the next minute brings new ones.`,
      {
        code: "rate_limit_exceeded",
        headers: { "retry-after": wait },
      },
    );
  }
  if (against === "day" || against === "month")
    return new ApiError(429, `This key's budget of the ${against} is used up.`, {
      type: "insufficient_quota",
      code: "insufficient_quota",
    });
  return new ApiError(401, "This key is no longer valid.", { code: "invalid_api_key" });
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether two secrets are the same, in a time that does not tell where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const [x, y] = [a, b].map((secret) => createHash("sha256").update(secret).digest());
  return timingSafeEqual(x, y);
}

function fromRow(row: Row): VirtualKey {
  const number = (value: unknown) => (value === null ? null : Number(value));
  return {
    id: String(row.id),
    name: String(row.name),
    role: row.role as VirtualKey["role"],
    expires: row.expires === null ? null : new Date(row.expires as string).getTime(),
    models: row.models as string[] | null,
    requestsPerMinute: number(row.requests_per_minute),
    tokensPerMinute: number(row.tokens_per_minute),
    budgetDay: number(row.budget_day),
    budgetMonth: number(row.budget_month),
  };
}
