import { describe, expect, it } from 'vitest';
import { cellOf, csvOf } from './csv.js';

describe('a page as CSV', () => {
  it('has the columns that are shown, between the id and the time of the change', async () => {
    const patient = {
      resourceType: 'Patient',
      id: 'p1',
      meta: { lastUpdated: '2026-01-01T00:00:00Z' },
      name: [{ family: 'Chal"mers', given: ['Peter', 'James'] }],
      gender: 'male',
    };
    const bytes = new Uint8Array(await csvOf([patient], ['name', 'birthDate']).arrayBuffer());
    expect(Array.from(bytes.slice(0, 3))).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder().decode(bytes)).toBe(
      '"id","name","birthDate","meta.lastUpdated"\r\n"p1","Chal""mers, Peter James","","2026-01-01T00:00:00Z"\r\n',
    );
  });

  it.each([
    '=HYPERLINK("http://evil.example","x")',
    '+1',
    '-1',
    '@SUM(A1)',
    ' =1',
    '\t=1',
    '\n=1',
    '\r=1',
    '\tx',
    '＝1',
    '\u00A0=1',
    '\u0000=1',
    '\u200B=1',
  ])('%j is no formula in it', (text) => {
    expect(cellOf(text).startsWith(`"'`)).toBe(true);
  });

  it.each(['6.3 mmol/l', 'a=1', '', 'x\ny'])('%j stays as it is', (text) => {
    expect(cellOf(text)).toBe(`"${text}"`);
  });
});
