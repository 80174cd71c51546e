import { ApiError } from "./api-error.ts";
import type { Gateway } from "./gateway.ts";
import { type Bound, sameSecret, type VirtualKey } from "./keyring.ts";

/** Who asks. */
export interface Caller {
  /** The virtual key; undefined for the operator and where no keys are asked for. */
  readonly key: VirtualKey | undefined;
  /** May manage keys and read every record. */
  readonly admin: boolean;
}

/** Where headers can be looked up: a request of any runtime. */
interface Headed {
  header(name: string): string | undefined;
}

/** What a key looks like; anything else that a client sends where none is required is taken for a dummy. */
const own = "tripos-";

/** Finds out who asks, by `authorization: Bearer …` or `x-api-key`. @throws ApiError 401 */
export async function identify(gateway: Gateway, asked: Headed): Promise<Caller> {
  const { required } = gateway.snapshot.config.keys;
  const given = asked.header("authorization")?.replace(/^Bearer\s+/i, "") ?? asked.header("x-api-key") ?? "";
  const anonymous = !required && !given.startsWith(own);
  if (anonymous) refuseForeignPages(asked);
  if (anonymous && !gateway.adminKey) return { key: undefined, admin: true };
  if (gateway.adminKey && given && sameSecret(given, gateway.adminKey))
    return { key: undefined, admin: true };
  if (anonymous) return { key: undefined, admin: false };
  if (gateway.store && given) {
    const key = (await gateway.store.keyring()).find(given);
    if (key) return { key, admin: key.role === "admin" };
  }
  throw new ApiError(401, given ? "This key is not valid here." : "Give a key: authorization: Bearer KEY.", {
    code: "invalid_api_key",
    headers: { "www-authenticate": "Bearer" },
  });
}

/**
 * Where no key is asked for, a web page that the operator happens to visit could otherwise use the gateway from his
 * browser: by a request across sites, or under a name of its own that it points to this machine. Programs, which send
 * neither Origin nor Sec-Fetch-Site, are not concerned.
 *
 * @throws ApiError 403
 */
function refuseForeignPages(asked: Headed): void {
  const origin = asked.header("origin");
  const site = asked.header("sec-fetch-site");
  if (origin === undefined && site === undefined) return;
  const host = asked.header("host") ?? "";
  const ownPage = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  const sameSite = site === undefined || site === "same-origin" || site === "none";
  const named = /^(localhost|[\d.]+|\[[\da-f:.]+\])(:\d+)?$/i.test(host);
  if (ownPage && sameSite && named) return;
  throw new ApiError(
    403,
    "Without keys this gateway answers web pages of its own address only. Ask for keys (keys.required), or use its IP address or localhost.",
    { code: "foreign_page" },
  );
}

/** As `identify`, for what only the operator may do. @throws ApiError 401, 403 */
export async function identifyAdmin(gateway: Gateway, asked: Headed): Promise<Caller> {
  const caller = await identify(gateway, asked);
  if (!caller.admin) throw new ApiError(403, "Only an admin's key may do this.", { code: "admin_only" });
  return caller;
}

/** Lets a key's request begin, or says which of its limits is reached. @throws ApiError 429, 401 */
export async function admit(gateway: Gateway, key: VirtualKey, request: string, most: Bound): Promise<void> {
  if (gateway.store) await (await gateway.store.keyring()).admit(key, request, most);
}
