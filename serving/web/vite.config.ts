// The page is built to dist/ with hashed assets, no inline script and no inline style, so that a strict
// Content-Security-Policy holds.
import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const SERVICE = process.env["CUELIGHT_URL"] ?? "http://127.0.0.1:8000";

/** The fonts' licence (OFL) goes where the fonts go. */
const licences = {
  name: "licences",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): void }): void {
    for (const font of ["source-sans-3", "source-code-pro"]) {
      const source = readFileSync(new URL(`./node_modules/@fontsource-variable/${font}/LICENSE`, import.meta.url), "utf8");
      this.emitFile({ type: "asset", fileName: `assets/${font}.OFL.txt`, source });
    }
  },
};

export default defineConfig(({ mode }) => ({
  root: mode === "perf" ? "perf" : ".",
  plugins: [svelte({ configFile: new URL("./svelte.config.js", import.meta.url).pathname }), licences],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy: { "/v1": SERVICE, "/health": SERVICE } },
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
}));
