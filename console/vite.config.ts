import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds a server: start one with `PUBLIC_URL=http://localhost:5173`. */
const server = process.env['LANYARD_SERVER'] ?? 'http://127.0.0.1:3000';

export default defineConfig(({ command }) => ({
  // Relative: the console works below any path that a proxy adds.
  base: command === 'build' ? './' : '/console/',
  plugins: [
    react(),
    {
      name: 'marks-of-the-server',
      apply: 'serve',
      transformIndexHtml: (html: string) => html.replace('%BASE%', '/console/').replace('%NONCE%', ''),
    },
  ],
  build: {
    outDir: '../dist/console/web',
    emptyOutDir: true,
    target: 'es2022',
    // A data: address in a stylesheet would need its own right in the policy.
    assetsInlineLimit: 0,
    manifest: 'manifest.json',
    // The files are passed on with the package and the image, so the licences of what is in them are, too.
    license: { fileName: 'licenses.md' },
    // `scripts/build-console.mjs` measures the first view.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
  },
  server: {
    proxy: Object.fromEntries(
      ['/fhir', '/oauth2', '/docs', '/health', '/openapi.json', '/.well-known', '/console/config.json'].map((path) => [
        path,
        { target: server, changeOrigin: false },
      ]),
    ),
  },
}));
