import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** Where `npm start` listens; `vite` in this folder serves the sources and asks that server for the rest. */
const server = "http://localhost:8480";

/** Paths that are the server's own, not routes of the client. */
const serversOwn = [/^\/api\//, /^\/docs/, /^\/_pages\//, /^\/ws/, /^\/(livez|readyz|metrics)/];

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [
    react(),
    tailwindcss(),
    VitePWA({
      // Registered by src/update.ts, which also decides when a new version takes over.
      injectRegister: null,
      registerType: "prompt",
      includeAssets: ["icon.svg"],
      manifest: {
        id: "/",
        name: "Godwit",
        short_name: "Godwit",
        description: "Messages that arrive: once, and in order.",
        start_url: "/",
        scope: "/",
        display: "standalone",
        theme_color: "#0f766e",
        background_color: "#f7f9f9",
        icons: [
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-mask-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{html,js,css,svg,woff2,webmanifest}", "icon-192.png"],
        navigateFallback: "/index.html",
        navigateFallbackDenylist: serversOwn,
        cleanupOutdatedCaches: true,
        importScripts: ["/notify.js"],
        sourcemap: false,
      },
    }),
  ],
  build: {
    target: "es2022",
    // Everything of size is loaded when it is needed; what is left is checked by a test.
    chunkSizeWarningLimit: 400,
    sourcemap: false,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page begins with is one file, and what everybody who is signed in sees at first another: together they are smaller and asked for
          // at once.
          groups: [
            {
              name: "base",
              // With what the start page has in common with the frame.
              test: /web\/src\/(main\.tsx|shell\/errors\.ts)$|icons\/(check-check|eye)\.mjs$/,
              priority: 2,
            },
            {
              name: "frame",
              test: /web\/src\/(shell\/home\.tsx|chat\/index\.ts|model\/runtime\.ts)$/,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: {
      "/api": server,
      "/ws": { target: server, ws: true },
    },
  },
});
