import type { ItemBank } from "../bank/index.ts";

/**
 * What an exam is made for: SHA-256 of a bank's item names and parameters. Subjects may be added to the bank; the exam and
 * its answers stay good as long as the items stay as they are.
 */
export async function itemsHash({ items, parameters }: ItemBank): Promise<string> {
  const { family, dims, discrimination, intercept, guessing, upper } = parameters;
  const numbers = [discrimination, intercept, guessing, upper].map((values) => values && Array.from(values));
  return sha256(JSON.stringify([items, family, dims, ...numbers]));
}

/** SHA-256 of a text, in hexadecimal. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
