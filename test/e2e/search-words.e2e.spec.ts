// https://hl7.org/fhir/R4/search.html#content: _text and _content, by the words of a resource
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const div = (xhtml: string) => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${xhtml}</div>`,
});
const condition = (id: string, rest: object) => ({
  resourceType: 'Condition',
  id,
  subject: { reference: 'Patient/p1' },
  ...rest,
});

const resources = [
  condition('bone', {
    text: div('<p>Metastases of the <b>bon</b>e</p><p title="a > secret">of Jo&#235;l&amp;Co</p>'),
    code: { text: 'Cancer' },
  }),
  condition('liver', { text: div('<p>liver</p><!-- bone -->'), code: { text: 'Bone pain, x-ray 8867-4' } }),
  condition('note', {
    code: {
      coding: [{ system: 'http://snomed.example/sct', code: 'C7951', display: 'STRASSE und Straße: ÄRZTIN' }],
    },
    note: [{ text: 'Schmerzen in der Hüfte, 骨転移' }],
    onsetDateTime: '2024-01-31',
  }),
  condition('silent', {}),
  {
    resourceType: 'List',
    id: 'with-contained',
    status: 'current',
    mode: 'working',
    subject: { reference: '#inner' },
    contained: [{ resourceType: 'Patient', id: 'inner', name: [{ family: 'Zimmermann' }] }],
    extension: [{ url: 'http://e.example/x', valueString: 'Wanderweg', _valueString: { id: 'hidden-id' } }],
  },
];

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure' });
  token = server.token('user/*.cruds');
  const { status, text } = await server.call('POST', '', {
    token,
    body: aBundle('transaction', ...resources.map(putting)),
  });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

const ask = (type: string, query: Record<string, string>) =>
  server.call('GET', `${type}?${new URLSearchParams(query).toString()}`, { token });

async function find(type: string, query: Record<string, string>): Promise<string> {
  const { status, body, text } = await ask(type, query);
  expect(status, text).toBe(200);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).join(' ');
}

describe('_text finds the words of the narrative', () => {
  it.each([
    ['metastases', 'bone'],
    ['BONE', 'bone'],
    ['bon', ''],
    ['bon*', 'bone'],
    ['joel', 'bone'],
    ['joël&co', 'bone'],
    ['secret', ''],
    ['title', ''],
    ['cancer', ''],
    ['(bone OR liver) AND metastases', 'bone'],
    ['bone OR liver', 'bone liver'],
    ['bone,liver', 'bone liver'],
    ['metastases bone', 'bone'],
    ['metastases liver', ''],
    ['"of the bone"', 'bone'],
    ['"the of bone"', ''],
    ['NOT bone', 'liver note silent'],
    ['NOT (bone OR liver)', 'note silent'],
    ['of NOT metastases', ''],
    ['or', ''],
  ])('%s finds "%s"', async (words, expected) => {
    expect(await find('Condition', { _text: words })).toBe(expected);
  });

  it('or that there is none', async () => {
    expect(await find('Condition', { '_text:missing': 'true' })).toBe('note silent');
    expect(await find('Condition', { '_text:missing': 'false' })).toBe('bone liver');
  });
});

describe('_content finds all that is written in words', () => {
  it.each([
    ['bone', 'bone liver'],
    ['cancer', 'bone'],
    ['c7951', 'note'],
    ['strasse und strasse', 'note'],
    ['"strasse und strasse arztin"', 'note'],
    ['ärztin', 'note'],
    ['hufte', 'note'],
    ['x-ray', 'liver'],
    ['ray-x', ''],
    ['8867-4', 'liver'],
    ['转移', ''],
    ['転移', 'note'],
    ['"arztin schmerzen"', ''],
    ['snomed', ''],
    ['p1', ''],
    ['2024', ''],
  ])('%s finds "%s"', async (words, expected) => {
    expect(await find('Condition', { _content: words })).toBe(expected);
  });

  it('also within what a resource contains, and in extensions', async () => {
    expect(await find('List', { _content: 'zimmermann' })).toBe('with-contained');
    expect(await find('List', { _content: 'wanderweg' })).toBe('with-contained');
    expect(await find('List', { _content: 'hidden' })).toBe('');
    expect(await find('List', { _text: 'zimmermann' })).toBe('');
  });

  it('together with other criteria, along references, in a filter and of several types', async () => {
    expect(await find('Condition', { _content: 'bone', _text: 'liver' })).toBe('liver');
    expect(await find('Condition', { _filter: '_content co "bone" and not (_text co liver)' })).toBe('bone');
    expect(await find('', { _type: 'Condition,List', _content: 'zimmermann OR cancer' })).toBe('bone with-contained');
  });
});

describe('words that are changed', () => {
  it('are found as they are now, and nothing of what was deleted', async () => {
    const now = condition('changing', { code: { text: 'earlier' } });
    await server.call('PUT', 'Condition/changing', { token, body: now });
    expect(await find('Condition', { _content: 'earlier' })).toBe('changing');
    await server.call('PUT', 'Condition/changing', { token, body: { ...now, code: { text: 'later' } } });
    expect(await find('Condition', { _content: 'earlier' })).toBe('');
    expect(await find('Condition', { _content: 'later' })).toBe('changing');
    await server.call('DELETE', 'Condition/changing', { token });
    expect(await find('Condition', { _content: 'later' })).toBe('');
  });

  it('may be more than PostgreSQL indexes: the first of them are found', async () => {
    const some = (n: number) => Array.from({ length: 50_000 }, (_, i) => `word${n}x${i}`).join(' ');
    const note = [0, 1, 2].map((n) => ({ text: some(n) }));
    const { status, text } = await server.call('PUT', 'Condition/long', { token, body: condition('long', { note }) });
    expect(status, text).toBe(201);
    expect(await find('Condition', { _content: 'word0x40000' })).toBe('long');
    expect(await find('Condition', { _content: 'word2x49999' })).toBe('');
    await server.call('DELETE', 'Condition/long', { token });
  });
});

describe('what is no query of words', () => {
  it.each([
    ['', 'here a word is expected'],
    ['((bone)', 'is missing'],
    ['bone)', 'has no'],
    ['"bone', 'a quote has no end'],
    ['bone AND', 'a word is expected'],
    ['OR bone', 'stands between two words'],
    ['...', 'no letters and no digits'],
    ['a,,b', 'a word is expected'],
    ['('.repeat(30) + 'a' + ')'.repeat(30), 'nested deeper than 20'],
    [Array.from({ length: 101 }, () => 'a').join(' '), 'more than 100 words'],
  ])('is refused: "%s"', async (words, fact) => {
    expectOutcome(await ask('Condition', { _content: words }), 400, new RegExp(fact));
  });

  it('takes no modifier but :missing, and there is no _text where there is no narrative', async () => {
    expectOutcome(await ask('Condition', { '_text:exact': 'a' }), 400, /:missing only/);
    expectOutcome(await ask('Binary', { _text: 'a' }), 400, /_text.. is not a search parameter of Binary/);
  });
});
