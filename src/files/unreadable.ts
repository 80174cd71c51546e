import { InputError } from "../input-error.ts";

/** What the operating system's refusal to read a path means to its user. */
export function unreadable(path: string, error: unknown, hint?: string): InputError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reasons: Record<string, string> = {
    ENOENT: "no such file or folder",
    EISDIR: "a folder",
    EACCES: "no permission to read it",
    EPERM: "no permission to read it",
    ENOTDIR: "a part of the path that is a file, not a folder",
    EMFILE: "too many open files",
  };
  return new InputError("cannot be read", {
    source: path,
    found: reasons[code] ?? `${code} ${(error as Error).message}`.trim(),
    ...(code === "EISDIR" && { expected: "a file" }),
    ...(hint !== undefined && { hint }),
  });
}
