// Hashes of references and identifiers are of one tenant (docs/adr/0188)
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asTenant } from '../../../database/tenant.js';
import { hashText, hashToken } from '../../../r4/search/index/token-hash.js';
import { ofTenant, storedHashes } from './stored-hashes.js';

const entries = ['subject\u001fPatient/p1', 'identifier\u001fm3', 'code\u001f8867-4'];
const hashesIn = (tenant: number) => asTenant({ tenant, name: `t${tenant}` }, () => storedHashes(entries));

describe('stored hashes', () => {
  it('of `default` are plain', () => {
    expect(storedHashes(entries)).toEqual(entries.map(hashText));
  });

  it('of another tenant are those of `default` for codes alone', () => {
    const [subject, identifier, code] = hashesIn(2);
    expect(code).toBe(hashText(entries[2]!));
    expect([subject, identifier]).toEqual(
      entries.slice(0, 2).map((entry) => (BigInt(hashText(entry)) ^ (1n << 32n)).toString()),
    );
    expect(ofTenant(entries.map(hashToken), 2)).toEqual([subject, identifier, code]);
  });

  it('fit into a bigint for the last tenant', () => {
    for (const hash of hashesIn(2 ** 31 - 1)) expect(BigInt.asIntN(64, BigInt(hash)).toString()).toBe(hash);
  });
});

describe('the storage', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.startsWith('fhir/') && !file.endsWith('.spec.ts'));
  const filesWith = (pattern: RegExp): readonly string[] =>
    files.filter((file) => /\.(?:ts|sql)$/.test(file) && pattern.test(readFileSync(`src/${file}`, 'utf8'))).toSorted();

  it('makes hashes of entries in one place', () => {
    expect(filesWith(/\bhashToken\(|\bhashOnce\(|\(hashToken\)/)).toEqual(['fhir/storage/indexing/stored-hashes.ts']);
  });

  it('hashes without a tenant in SQL where no entry names one thing', () => {
    expect(filesWith(/lanyard_token\(/).filter((file) => !file.includes('/migrations/'))).toEqual([
      'fhir/storage/audit/audit-reader.ts',
      'fhir/storage/functions/lanyard_own_token.sql',
      'fhir/storage/functions/lanyard_token.sql',
      'fhir/storage/predicates/chain-predicate.ts',
      'fhir/storage/searching/from-members.ts',
    ]);
  });
});
