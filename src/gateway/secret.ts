import { readTextFile } from "../files/index.ts";
import { InputError } from "../input-error.ts";

/** A key from where the configuration says that it stands. @throws InputError where it is missing */
export function environmentOrFile(
  from: { readonly env?: string | undefined; readonly file?: string | undefined } | undefined,
  whose: string,
): string | undefined {
  if (from?.file) return readTextFile(from.file, `It should hold the key of ${whose}.`).trim();
  if (!from?.env) return undefined;
  const key = process.env[from.env];
  if (key) return key;
  throw new InputError("its key is missing", {
    source: whose.replace(/^the /, ""),
    expected: `the environment variable ${from.env}`,
  });
}
