import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Swagger UI, as @fastify/swagger-ui has it in its package: swagger-ui-dist would run a script that reports installations. */
const packageFile = createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json');
const folder = join(dirname(packageFile), 'static');

/** Another version gets another address, so that browsers may keep the files. */
export const viewerVersion = (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }).version;

/**
 * Starts the viewer. It asks no validator elsewhere, keeps no token beyond the page, and takes no settings from the address.
 */
const start = `'use strict';
window.addEventListener('DOMContentLoaded', () => {
  const viewer = document.getElementById('viewer');
  window.ui = SwaggerUIBundle({
    url: viewer.dataset.document,
    domNode: viewer,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    persistAuthorization: false,
    queryConfigEnabled: false,
    validatorUrl: null,
  });
});
`;

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const kept = new Map<string, Buffer>();

/** Names of the files that the page loads. */
export const viewerFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js'] as const;

export interface ViewerFile {
  readonly type: string;
  readonly content: Buffer;
}

export function viewerFile(name: (typeof viewerFiles)[number]): ViewerFile {
  const content = kept.get(name) ?? (name === 'start.js' ? Buffer.from(start) : readFileSync(join(folder, name)));
  kept.set(name, content);
  return { type: types[name.slice(name.lastIndexOf('.') + 1)]!, content };
}
