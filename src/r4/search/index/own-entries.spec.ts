import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readDefinitions } from '../../model/definitions.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { isOwnEntry } from './own-entries.js';

const entry = (text: string): string => text.replaceAll('|', '\u001f');

describe('an entry that names one thing', () => {
  it.each([
    'subject|Patient/p1',
    'subject|p1',
    'entity|3.14-a',
    '~reference|Patient/p1',
    '~binary|Binary/b',
    'a-custom-one|Practitioner/d',
    'identifier|m3',
    'identifier|m3|http://example.org/mrn',
    'identifier|m3|',
    'subject:identifier|m3|urn:mrn',
    'identifier:of-type|m3|MR|http://terminology.hl7.org/CodeSystem/v2-0203',
    'group-identifier|g1',
  ])('is %s', (text) => {
    expect(isOwnEntry(entry(text))).toBe(true);
  });

  it.each([
    'code|8867-4',
    'code|8867-4|http://loinc.org',
    'code||http://loinc.org',
    'identifier||http://example.org/mrn',
    'subject|http://elsewhere.example/Patient/p1',
    'subject|Patient/p1/_history/2',
    'subject|patient/p1',
    `subject|Patient/${'a'.repeat(65)}`,
    'questionnaire|http://example.org/Questionnaire/q',
    'url|http://example.org/q',
    'gene-identifier|1100|urn:hgnc',
    'family|^aal',
    'subject|',
    'Patient/p1',
    '|Patient/p1',
    '',
  ])('is not %s', (text) => {
    expect(isOwnEntry(entry(text))).toBe(false);
  });

  it('is told by codes of parameters that never change: rows are indexed by them', () => {
    const parameters = readDefinitions('search-parameters.json') as readonly SearchParameter[];
    const codes = [...new Set(parameters.map(({ code }) => code))].filter((code) => isOwnEntry(entry(`${code}|x`)));
    const digest = createHash('sha256').update(codes.toSorted().join()).digest('hex');
    expect([codes.length, digest]).toMatchInlineSnapshot(`
      [
        176,
        "019047136832dc950627ae914bad685820594de706b4fe0662ae6d54fea0567a",
      ]
    `);
  });
});
