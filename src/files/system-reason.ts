const always: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EMFILE: "too many open files",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long",
};

/**
 * Why the operating system refused, for its user.
 * @param words what an error code means here, where it is more than what it always means
 */
export function systemReason(error: unknown, words: Readonly<Record<string, string>>): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return words[code] ?? always[code] ?? `${code} ${message}`.trim();
}
