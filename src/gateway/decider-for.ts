import type { GatewayConfig } from "./config.ts";
import type { Decider } from "./decide.ts";
import { listDecider } from "./list-decider.ts";

/** The decider that a configuration names. */
export async function deciderFor(config: GatewayConfig): Promise<Decider> {
  return listDecider(config.models.map(({ name }) => name));
}
