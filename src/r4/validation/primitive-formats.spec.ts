import { describe, expect, it } from 'vitest';
import { ExactNumber, type Json } from '../json/json.js';
import { primitiveFormats } from './primitive-formats.js';
import { dataTypes, isPrimitiveType } from '../model/elements.js';

const isValid = (type: string, value: Json): boolean => primitiveFormats.get(type)!.isValid(value);
const decimal = (text: string): ExactNumber => new ExactNumber(text);

const good: readonly (readonly [type: string, values: readonly Json[]])[] = [
  ['integer', [0, -1, 2_147_483_647, -2_147_483_648]],
  ['unsignedInt', [0, 2_147_483_647]],
  ['positiveInt', [1]],
  [
    'decimal',
    [0, -1.5, decimal('1.10'), decimal('1E2'), decimal('0.000'), decimal('1e-400'), decimal('12345678901234567890.5')],
  ],
  ['string', ['a', ' a\tb\r\nc ', 'ü😀', '\u007f']],
  ['code', ['a', 'a b', 'a-b.c', 'a\u00a0']],
  ['id', ['a', 'A-1.b', 'x'.repeat(64)]],
  ['uri', ['http://a/b', 'urn:oid:1.2', '#a', 'a%20b', 'Patient/1']],
  ['oid', ['urn:oid:1.2.840', 'urn:oid:2.0']],
  ['uuid', ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520']],
  ['base64Binary', ['YQ==', 'YWI=', 'YWJj', 'YW\nJj', ' YWJj ', 'a'.repeat(4_000_000)]],
];

const bad: readonly (readonly [type: string, values: readonly Json[]])[] = [
  [
    'integer',
    [0.5, 2_147_483_648, -2_147_483_649, decimal('1.0'), decimal('1E2'), decimal('-0'), decimal('99999999999')],
  ],
  ['unsignedInt', [-1]],
  ['positiveInt', [0, decimal('1.0')]],
  ['decimal', [decimal('1e400'), decimal('-1E999')]],
  ['string', ['']],
  ['markdown', ['']],
  ['code', ['', ' a', 'a ', 'a  b', 'a\tb', '\n', ' ']],
  ['id', ['', 'a_b', 'a/b', 'x'.repeat(65), 'a ']],
  ['uri', ['', 'http://a b', 'a\n']],
  ['oid', ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.01', 'urn:oid:1']],
  ['uuid', ['c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:C757873D-EC9A-4326-A141-556F43239520']],
  ['base64Binary', ['', 'a', 'YQ=', 'YQ', 'Y===', '=YQ=', 'YQ==YQ==', '....', `${'a'.repeat(4_000_000)}=`]],
];

describe('formats of primitive types', () => {
  it.each(good)('let %s be %j', (type, values) => {
    expect(values.filter((value) => !isValid(type, value))).toEqual([]);
  });

  it.each(bad)('refuse as %s each of %j', (type, values) => {
    expect(values.filter((value) => isValid(type, value))).toEqual([]);
  });

  it('exist for every primitive type of R4', () => {
    expect(dataTypes().filter((type) => isPrimitiveType(type) && !primitiveFormats.has(type))).toEqual([]);
  });
});
