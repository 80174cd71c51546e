import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { decodeRouter, encodeRouter, type FeedbackState, noFeedback, type Router } from "../routing/index.ts";
import { loadRouter } from "../storage/index.ts";
import type { Store } from "./store.ts";

/** A router, and what feedback has taught since it was trained. */
export interface LearnedRouter {
  /** What its versions belong to. */
  readonly name: string;
  /** Hash of its files. */
  readonly version: string;
  readonly router: Router;
  readonly feedback: FeedbackState;
}

/**
 * The versions of a router that gateways sharing a database share. A router not seen before (a folder trained anew, a
 * model that joined) is a new version; the newest one rules at every gateway.
 */
export class RouterVersions {
  /** What the versions belong to, at every gateway: the configured name, else the folder's path. */
  readonly name: string;
  readonly #folder: string;
  readonly #store: Store;
  #current: LearnedRouter;

  constructor(folder: string, store: Store, name = resolve(folder)) {
    this.name = name;
    this.#folder = folder;
    this.#store = store;
    const router = loadRouter(folder);
    this.#current = { name, version: hashOf(encodeRouter(router)), router, feedback: noFeedback };
  }

  get current(): LearnedRouter {
    return this.#current;
  }

  /** Follows the newest version and what feedback teaches, from now on. */
  async follow(onChange: () => void, onProblem: (error: unknown) => void): Promise<void> {
    const update = async () => {
      try {
        if (await this.#update()) onChange();
      } catch (error) {
        onProblem(error);
      }
    };
    await this.#store.listen("tripos_router", () => void update());
    await this.publish(this.#current.router, "the folder's router");
    await update();
  }

  /** Reads the folder again: a router not seen before becomes the newest version. @throws InputError */
  async reread(): Promise<void> {
    await this.publish(loadRouter(this.#folder), "the folder's router changed");
  }

  /** Makes a router the newest version, unless it was one already. */
  async publish(router: Router, reason: string): Promise<void> {
    const files = encodeRouter(router);
    const encoded = Object.fromEntries(
      [...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]),
    );
    const rows = await this.#store.query(
      `insert into router_version (name, hash, reason, files) values ($1, $2, $3, $4)
       on conflict do nothing returning version`,
      [this.name, hashOf(files), reason, JSON.stringify(encoded)],
    );
    if (rows.length > 0) await this.#store.query("notify tripos_router");
  }

  /** Takes up the newest version and what was learnt; whether anything is new. */
  async #update(): Promise<boolean> {
    const before = this.#current;
    const [newest] = await this.#store.query(
      `select hash, case when hash <> $2 then files end as files from router_version
       where name = $1 order by version desc limit 1`,
      [this.name, before.version],
    );
    let { router, version } = before;
    if (newest?.files) {
      const files = Object.entries(newest.files as Record<string, string>);
      router = decodeRouter(
        new Map(files.map(([name, text]) => [name, new Uint8Array(Buffer.from(text, "base64"))])),
        `version of ${this.name}`,
      );
      version = String(newest.hash);
    }
    const [row] = await this.#store.query("select state from learned where name = $1", [this.name]);
    const feedback = (row?.state as FeedbackState | undefined) ?? noFeedback;
    const learnt = JSON.stringify(feedback) !== JSON.stringify(before.feedback);
    if (router === before.router && !learnt) return false;
    this.#current = { name: this.name, version, router, feedback };
    return true;
  }
}

function hashOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash("sha256");
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
}
