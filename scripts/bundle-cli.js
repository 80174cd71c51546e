// Bundles the command line into few files in dist/cli: Node starts them in a fraction of the time that the separate modules
// take. Dependencies that consist of many small modules are taken in as well; servers, databases and binaries are not.
import { rmSync } from "node:fs";
import { build } from "vite";

rmSync("dist/cli", { recursive: true, force: true });
await build({
  configFile: false,
  logLevel: "warn",
  publicDir: false,
  ssr: {
    noExternal: [
      ...[
        "cli-progress",
        "cockatiel",
        "commander",
        "d3-array",
        "fzstd",
        "hyparquet",
        "hyparquet-compressors",
      ],
      ...["hyparquet-writer", "hysnappy", "jsonc-parser", "string-width", "yaml", "zod"],
      ...["ansi-regex", "emoji-regex", "get-east-asian-width", "is-fullwidth-code-point", "strip-ansi"],
    ],
  },
  build: {
    ssr: "src/cli/main.ts",
    outDir: "dist/cli",
    target: "node20",
    minify: false,
    license: { fileName: "licenses.md" },
    rollupOptions: { output: { chunkFileNames: "[name]-[hash].js" } },
  },
});
