import { InputError } from "../input-error.ts";
import { systemReason } from "./system-reason.ts";

/** What the operating system's refusal to read a path means to its user. */
export function unreadable(path: string, error: unknown, hint?: string): InputError {
  return new InputError("cannot be read", {
    source: path,
    found: systemReason(error, {
      EISDIR: "a folder",
      EACCES: "no permission to read it",
      EPERM: "no permission to read it",
      ENOTDIR: "a part of the path that is a file, not a folder",
    }),
    ...((error as NodeJS.ErrnoException).code === "EISDIR" && { expected: "a file" }),
    ...(hint !== undefined && { hint }),
  });
}
