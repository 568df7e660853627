// $validate-code and $expand as HL7's validator and a second reading of the definitions have them, over R4 and guides of US Core
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folder } from '../../src/fhir/packages/package-source.js';
import { PackageInstaller } from '../../src/fhir/packages/package-installer.js';
import { shareOf } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';

const data = new URL('../../../shared/data/', import.meta.url);
const isThere = existsSync(new URL('validator-oracle/terminology/', data));

interface Asked {
  readonly ig: string;
  readonly valueSet: string;
  readonly system: string;
  readonly code: string;
  readonly display?: string;
  readonly why: string;
  readonly result: boolean;
}

interface Expanded {
  readonly ig: string;
  readonly valueSet: string;
  readonly total: number;
  readonly codes: readonly string[];
}

const linesOf = (name: string): readonly unknown[] =>
  isThere
    ? readFileSync(new URL(`validator-oracle/terminology/${name}.jsonl`, data), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown)
    : [];

/**
 * CodeSystem v3-ActCode says by the property `child` (http://hl7.org/fhir/concept-properties#child: "The concept identified in this property is
 * a child of the concept on which it is a property", with hierarchyMeaning is-a) that COMPLY, DOSE, DUPTHPY and OBSA are below concepts of this
 * value set. The oracle went by nested concepts alone.
 */
const byChildProperty = 'http://hl7.org/fhir/ValueSet/detectedissue-category';

const asked = linesOf('validate-code') as readonly Asked[];
const expanded = linesOf('expand') as readonly Expanded[];
const guides = shareOf([...new Set([...asked, ...expanded].map(({ ig }) => ig))], 2);

describe.skipIf(!isThere).each(isThere ? guides : ['-'])('over %s', (ig) => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await startServer({ AUDIT: 'off' });
    token = server.token('user/*.rs');
    if (ig === 'r4') return;
    const as = ig === 'current-ballot' ? { name: 'hl7.fhir.us.core', version: '8.0.0-ballot' } : undefined;
    const path = new URL(`us-core/${ig}/`, data).pathname;
    await server.app.get(PackageInstaller).install([folder(path)], { as, by: 'test' });
  });
  afterAll(() => server.close());

  it('judges each code', async () => {
    const differing: unknown[] = [];
    for (const one of shareOf(
      asked.filter((row) => row.ig === ig),
      3,
    )) {
      const { valueSet, system, code, display, result } = one;
      const query = new URLSearchParams({ url: valueSet, system, code, ...(display !== undefined && { display }) });
      const { status, body } = await server.call('GET', `ValueSet/$validate-code?${query.toString()}`, { token });
      if (status !== 200 || body.parameter[0].valueBoolean !== result) differing.push([one, status, body]);
    }
    expect(differing).toEqual([]);
  });

  it('expands each value set, whole and by pages', async () => {
    const differing: unknown[] = [];
    const read = async (url: string, page = ''): Promise<readonly string[]> => {
      const { status, body, text } = await server.call(
        'GET',
        `ValueSet/$expand?url=${encodeURIComponent(url)}${page}`,
        { token },
      );
      if (status !== 200) return [text];
      return (body.expansion.contains ?? []).map(
        (one: { system: string; code: string }) => `${one.system}|${one.code}`,
      );
    };
    for (const { valueSet, codes, total } of shareOf(
      expanded.filter((row) => row.ig === ig),
      3,
    )) {
      const whole = await read(valueSet);
      if (valueSet === byChildProperty) {
        expect(whole.length).toBeGreaterThan(codes.length);
        expect(whole).toEqual(expect.arrayContaining([...codes]));
      } else if (JSON.stringify(whole.toSorted()) !== JSON.stringify(codes)) differing.push([valueSet, total, whole]);
      const half = Math.ceil(whole.length / 2);
      const pages = [
        ...(await read(valueSet, `&count=${half}`)),
        ...(await read(valueSet, `&count=${half}&offset=${half}`)),
      ];
      if (JSON.stringify(pages) !== JSON.stringify(whole)) differing.push([valueSet, 'pages', pages]);
    }
    expect(differing).toEqual([]);
  });
});
