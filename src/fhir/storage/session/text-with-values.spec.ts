import { expect, it } from 'vitest';
import type { BindValue } from './statement.js';
import { textWithValues } from './text-with-values.js';
import { UnstorableText } from './unstorable-text.js';

it('quotes texts, whatever is in them, and looks through none of them again', () => {
  const values = [`a'; DROP TABLE job; --`, 'b\\', '$3', 7];
  expect(textWithValues({ text: 'SELECT $1::text, $2::text, $3::text, $4::integer', values })).toBe(
    `SELECT 'a''; DROP TABLE job; --'::text,  E'b\\\\'::text, '$3'::text, 7::integer`,
  );
});

const others: readonly BindValue[] = [1.5, NaN, ['a'], true, Buffer.from('a')];
it.each(others.map((value) => [value]))('makes no literal of %s', (value) => {
  expect(() => textWithValues({ text: 'SELECT $1', values: [value] })).toThrow(TypeError);
});

it('takes no U+0000, which ends a text', () => {
  expect(() => textWithValues({ text: 'SELECT $1', values: ['a\0'] })).toThrow(UnstorableText);
  expect(() => textWithValues({ text: 'SELECT $1', values: [] })).toThrow(TypeError);
});
