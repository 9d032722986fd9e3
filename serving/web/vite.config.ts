// The page is built to dist/ with hashed assets, no inline script and no inline style, so that a strict
// Content-Security-Policy holds.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const SERVICE = process.env["CUELIGHT_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig(({ mode }) => ({
  root: mode === "perf" ? "perf" : ".",
  plugins: [svelte({ configFile: new URL("./svelte.config.js", import.meta.url).pathname })],
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
