import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const folder = new URL('../smart-app/', import.meta.url);
const library = new URL('node_modules/fhirclient/build/fhir-client.js', folder);

/** True if the SMART JavaScript client is installed: `npm ci --prefix test/smart-app`. */
export const hasSmartApp = existsSync(library);

if (!hasSmartApp) {
  process.stderr.write('No fhirclient here (npm ci --prefix test/smart-app): its tests are left out.\n');
}

const contentTypes: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript' };

/** The sample app on an origin of its own. */
export async function startSmartApp(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const files = new Map(
    ['launch.html', 'launch.js', 'app.html', 'app.js'].map((name) => [`/${name}`, readFileSync(new URL(name, folder))]),
  );
  files.set('/fhir-client.js', readFileSync(library));
  const app = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://app');
    const file = files.get(pathname);
    const type = contentTypes[pathname.split('.').at(-1) ?? ''] ?? 'text/plain';
    response.writeHead(file ? 200 : 404, { 'content-type': `${type}; charset=utf-8` }).end(file);
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(app.address() as AddressInfo).port}`,
    close: async () => {
      await new Promise((resolve) => app.close(resolve));
    },
  };
}
