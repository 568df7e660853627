import { describe, expect, it } from 'vitest';
import { modifiersOf, readQuery, writeQuery } from './search-query.js';

describe('a search as text and as criteria', () => {
  it.each([
    ['name=chalmers', [{ name: 'name', modifier: '', value: 'chalmers' }]],
    ['name:exact=O%26M', [{ name: 'name', modifier: 'exact', value: 'O&M' }]],
    [
      'subject:Patient.name=x&_count=5',
      [
        { name: 'subject', modifier: 'Patient.name', value: 'x' },
        { name: '_count', modifier: '', value: '5' },
      ],
    ],
    ['code=http://loinc.org|1234-5,a', [{ name: 'code', modifier: '', value: 'http://loinc.org|1234-5,a' }]],
    [
      'date=ge2024-01-01&date=lt2025-01-01',
      [
        { name: 'date', modifier: '', value: 'ge2024-01-01' },
        { name: 'date', modifier: '', value: 'lt2025-01-01' },
      ],
    ],
    ['', []],
  ])('%s', (text, criteria) => {
    expect(readQuery(text)).toEqual(criteria);
    expect(writeQuery(criteria)).toBe(text);
  });

  it('leaves out what is not finished', () => {
    const unfinished = [
      { name: '', modifier: '', value: 'x' },
      { name: 'name', modifier: '', value: '' },
    ];
    expect(writeQuery([...unfinished, { name: 'a', modifier: '', value: 'b' }])).toBe('a=b');
  });

  it('keeps every character of a value', () => {
    const value = `a b+c&d=e%20#"'<>ä🎉`;
    expect(readQuery(writeQuery([{ name: 'name', modifier: '', value }]))).toEqual([
      { name: 'name', modifier: '', value },
    ]);
  });

  it('offers the modifiers of a type', () => {
    expect(modifiersOf('string')).toEqual(['exact', 'contains', 'missing']);
    expect(modifiersOf('date')).toEqual(['missing']);
    expect(modifiersOf(undefined)).toEqual([]);
  });
});
