// The files of the console, and what they may do in a browser (docs/adr/0070)
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverVersion } from '../../src/config/server-version.js';
import { type LoginServer, startLoginServer } from '../support/smart-login.js';

interface Bom {
  readonly serialNumber: string;
  readonly components: readonly { readonly 'bom-ref': string; readonly purl: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly name?: string; readonly version?: string; readonly dev?: true; readonly link?: true }>
  >;
}

let login: LoginServer;

beforeAll(async () => {
  login = await startLoginServer();
});
afterAll(() => login.close());

const ask = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(login.url + path, { redirect: 'manual', headers: { accept: 'text/html', ...headers } });

describe('the console', () => {
  it('is below its own address, by a way that goes below any proxy', async () => {
    const { status, headers } = await ask('/console');
    expect([status, headers.get('location')]).toEqual([302, 'console/']);
  });

  it.each([
    ['/console/', './'],
    ['/console/why', './'],
    ['/console/data/Patient', '../'],
    ['/console/data/Patient/', '../../'],
    ['/console/data/Patient/p1?x=/a/b', '../../'],
  ])('is one page for %s, whose base is %s', async (path, base) => {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(`<base href="${base}" />`);
  });

  it('runs its own scripts alone, in no frame, with styles by a nonce that counts once', async () => {
    const answers = await Promise.all([ask('/console/'), ask('/console/')]);
    const [one, other] = answers.map(({ headers }) => headers.get('content-security-policy') ?? '');
    expect(one).not.toContain('unsafe');
    expect(one).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-");
    expect(one).toContain("frame-ancestors 'none'");
    expect(one).not.toBe(other);
    const nonce = /'nonce-([^']+)'/.exec(one!)?.[1];
    const page = await answers[0].text();
    expect(page).toContain(`nonce="${nonce}"`);
    expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=/);
    expect(answers[0].headers.get('cache-control')).toBe('no-store');
  });

  it('has files that browsers keep, compressed for those that can', async () => {
    const page = await (await ask('/console/')).text();
    const [, script = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(page) ?? [];
    const { status, headers } = await ask(`/console/${script}`);
    expect([status, headers.get('content-type'), headers.get('content-encoding')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'gzip',
    ]);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const plain = await ask(`/console/${script}`, { 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
  });

  it.each([
    '/console/assets/x.js',
    '/console/assets/..%2Findex.html',
    '/console/assets/..%2f..%2f..%2fpackage.json',
    '/console/assets/%2e%2e%2fmanifest.json',
  ])('has no file %s', async (path) => {
    const answer = await ask(path, { accept: 'application/fhir+json' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, expect.stringContaining('json')]);
  });

  it('tells the licences of the libraries that are in its files', async () => {
    const { status, headers } = await ask('/console/licenses.md');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const text = await (await ask('/console/licenses.md')).text();
    expect(text).toMatch(/^## react - \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(text).toContain('Permission is hereby granted, free of charge');
  });

  it('tells every package that the server runs with and that its files are made of', async () => {
    const answer = await ask('/console/sbom.cdx.json');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/vnd.cyclonedx+json']);
    const bom = (await answer.json()) as Bom;
    const component = { name: 'lanyard-fhir', version: serverVersion, 'bom-ref': `lanyard-fhir@${serverVersion}` };
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component } });
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
    const listed = new Set(bom.components.map((one) => one['bom-ref']));
    const licences = await (await ask('/console/licenses.md')).text();
    const bundled = [...licences.matchAll(/^## (\S+) - (\S+)/gm)].map(([, name, version]) => `${name}@${version}`);
    expect(bundled.length).toBeGreaterThan(10);
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
    const needed = Object.entries(packages).flatMap(([path, { dev, link, name, version }]) =>
      path === '' || dev || link ? [] : [`${name ?? path.replace(/^.*node_modules\//, '')}@${version}`],
    );
    expect(listed).toEqual(new Set([...needed, ...bundled]));
    expect(bom.components.every(({ purl }) => purl.startsWith('pkg:npm/'))).toBe(true);
    const referred = bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(referred.filter((ref) => ref !== component['bom-ref'] && !listed.has(ref))).toEqual([]);
  });

  it('has the version of the server', () => {
    const { version } = JSON.parse(readFileSync('console/package.json', 'utf8')) as { readonly version: string };
    expect(version).toBe(serverVersion);
  });

  it('tells where the server is', async () => {
    const answer = await ask('/console/config.json');
    expect(await answer.json()).toMatchObject({
      console: `${login.url}/console/`,
      fhirBase: login.fhirBase,
      issuer: login.issuer,
      clientId: 'lanyard-console',
      access: `${login.url}/docs/access`,
      api: `${login.url}/docs/api`,
      openapi: `${login.url}/openapi.json`,
      health: `${login.url}/health`,
      admin: `${login.url}/admin`,
    });
  });
});
