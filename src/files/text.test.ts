import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { InputError } from "../input-error.ts";
import { readTextFile } from "./text.ts";

const home = mkdtempSync(join(tmpdir(), "tripos-text-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("what is no text file is told in words, never by its bytes", () => {
  const refused = (content: Uint8Array) => {
    const path = join(home, "file");
    writeFileSync(path, content);
    try {
      return readTextFile(path);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as InputError).message.slice(path.length);
    }
  };
  expect(() => readTextFile(join(home, "none"))).toThrow("cannot be read (found no such file or folder)");
  expect(() => readTextFile(home, "Do that.")).toThrow(
    "cannot be read (found a folder, expected a file)\n  Do that.",
  );
  expect(refused(Uint8Array.of(0xfe, 1, 0x90, 65))).toBe(
    ": this is not text (found binary data, of no known format)",
  );
  expect(refused(new TextEncoder().encode("a\0b"))).toMatch(/not text/);
  expect(refused(Uint8Array.of(0x61, 0xe9, 0x62))).toBe(": the text is not valid UTF-8\n  Save it as UTF-8.");
  expect(refused(new TextEncoder().encode("é\t\r\n"))).toBe("é\t\r\n");
});
