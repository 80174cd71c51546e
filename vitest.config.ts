import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/shared-folder.ts"],
    setupFiles: ["test/repeatable.ts"],
    maxWorkers: 2,
    // Files share what they import, and code that is compiled already; none of them changes a module.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
