import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json' with { type: 'json' };
import { messagesOf } from '../../messages/messages.js';
import { faultsOf } from './check-by-schema.js';
import { type JsonSchema, readPath } from './json-schema.js';
import { StructuredText, syntaxOf, written } from './structured-text.js';

const t = messagesOf('en', en);
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['rules'],
  properties: {
    letters: { type: 'string', pattern: '^c?r?$', description: 'Some of the letters.' },
    rules: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        properties: { types: { type: 'array', items: { enum: ['Patient'] } }, deny: { type: 'string' } },
        oneOf: [{ required: ['types'] }, { required: ['deny'] }],
      },
    },
  },
} as JsonSchema;

/** Each fault as its text and the part of the text that it is about. */
const faults = (text: string): readonly (readonly [string, string])[] =>
  faultsOf(new StructuredText(text), schema, t).map(({ from, to, text: said }) => [text.slice(from, to), said]);

describe('faults of a text', () => {
  it.each([
    ['{ "rules": [{ "deny": "x" }] }', []],
    ['rules:\n  - types: [Patient]\n', []],
    ['{ "rules": [{ "types": ["Patien"] }] }', [['"Patien"', t('editor.enum')]]],
    ['rules:\n  - types: [Patien]\n', [['Patien', t('editor.enum')]]],
    ['{ "rules": [{ "deny": 5 }] }', [['"deny": 5', t('editor.type', { type: 'string' })]]],
    ['{ "rules": [{ "deny": "x", "nay": "y" }] }', [['"nay": "y"', t('editor.unknown', { name: 'nay' })]]],
    ['letters: x\nrules:\n  - deny: x\n', [['letters: x', `${t('editor.misfit')} Some of the letters.`]]],
    ['rules: []', [['rules: []', t('editor.tooShort')]]],
    ['letters: c', [['letters: c', t('editor.required', { name: 'rules' })]]],
  ])('%j: %j', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it('say once what is wrong with a choice', () => {
    expect(faults('{ "rules": [{ "deny": "x", "types": ["Patient"] }] }').map(([, said]) => said)).toEqual([
      t('editor.misfit'),
    ]);
  });

  it.each([
    '{',
    '*nowhere',
    'rules: *nowhere',
    '{ "rules": [',
    'rules:\n - a\n b',
    '{ "rules": 1, "rules": 2 }',
    '"',
    '}',
  ])('%j: where its form ends, and nothing of its value', (text) => {
    const found = new StructuredText(text).faults;
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ from, to }) => from >= 0 && from <= to && to <= text.length)).toBe(true);
  });

  it('lie within any text, on one line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = new StructuredText(text);
        for (const fault of [...faultsOf(read, schema, t), read.fault(['rules', 0, 'types'], 'x')]) {
          expect(fault.from).toBeGreaterThanOrEqual(0);
          expect(fault.to).toBeGreaterThanOrEqual(fault.from);
          expect(fault.to).toBeLessThanOrEqual(text.length);
          expect(text.slice(fault.from, fault.to)).not.toContain('\n');
        }
      }),
    );
  });

  it('have the line of what the server names', () => {
    const read = new StructuredText('rules:\n  - deny: x\n  - types:\n      - Patient\n');
    expect(
      ['rules[1].types[0]', 'rules[1].gone', 'rules[0].deny', 'nowhere'].map((at) =>
        read.lineOf(read.fault(readPath(at), 'x')),
      ),
    ).toEqual([4, 3, 2, 1]);
  });
});

it('a text is JSON or YAML, and can be written as the other', () => {
  const policy = { description: 'a: b', rules: [{ types: ['*'], constrain: 'x={{patient}}' }] };
  for (const syntax of ['json', 'yaml'] as const) {
    const text = written(policy, syntax);
    expect(syntaxOf(text)).toBe(syntax);
    expect(new StructuredText(text).value).toEqual(policy);
  }
});
