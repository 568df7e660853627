import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const source = new URL('../../', import.meta.url);
const importing = /^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?'([^']+)'/gm;

/** Packages that files import when they are loaded, from a file on; not what they import later, nor types. */
function packagesOf(start: string): ReadonlySet<string> {
  const packages = new Set<string>();
  const waiting = [new URL(start, source)];
  const seen = new Set<string>();
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    if (seen.has(file.href)) continue;
    seen.add(file.href);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(importing)) {
      if (name.startsWith('.')) waiting.push(new URL(name.replace(/\.js$/, '.ts'), file));
      else packages.add(name);
    }
  }
  return packages;
}

describe('the start of a server', () => {
  const loaded = packagesOf('main.ts');

  it('loads what it is made of', () => {
    expect([...loaded]).toEqual(expect.arrayContaining(['@nestjs/core', '@nestjs/platform-fastify', 'typeorm', 'pg']));
  });

  // Only some servers use these packages, or only for a moment.
  it.each([
    '@simplewebauthn/server',
    '@zxcvbn-ts/core',
    '@zxcvbn-ts/language-common',
    '@aws-sdk/client-s3',
    '@opentelemetry/sdk-trace-base',
    '@opentelemetry/exporter-trace-otlp-http',
    'commander',
    'yauzl',
    'ajv/dist/2020.js',
  ])('does not load %s', (name) => expect([...loaded]).not.toContain(name));
});
