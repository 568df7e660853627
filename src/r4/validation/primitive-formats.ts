import { ExactNumber, type Json } from '../json/json.js';
import { isDate, isDateTime, isInstant, isTime } from './date-format.js';

/** JSON form of a primitive type (https://hl7.org/fhir/R4/datatypes.html#primitive). */
export interface PrimitiveFormat {
  readonly json: 'string' | 'boolean' | 'number';
  readonly expected: string;
  isValid(value: Json): boolean;
}

const whole = /^(?:0|-?[1-9]\d*)$/;
const id = /^[A-Za-z0-9\-.]{1,64}$/;
const oid = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/;
const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Space in front, behind or twice, and any other white space. */
const wrongSpace = /^ | $| {2}|[\t\n\v\f\r]/;
const notBase64 = /[^A-Za-z0-9+/]/;

const text = (expected: string, isValid: (value: string) => boolean): PrimitiveFormat => ({
  json: 'string',
  expected,
  isValid: (value) => isValid(value as string),
});

function integer(low: number, high: number): PrimitiveFormat {
  const isValid = (value: Json): boolean => {
    const number =
      value instanceof ExactNumber ? (whole.test(value.text) ? Number(value.text) : Number.NaN) : Number(value);
    return Number.isInteger(number) && number >= low && number <= high;
  };
  return { json: 'number', expected: `a whole number from ${low} to ${high}`, isValid };
}

const decimal: PrimitiveFormat = {
  json: 'number',
  expected: 'a decimal number of less than 1.8E308',
  isValid: (value) => Number.isFinite(value instanceof ExactNumber ? Number(value.text) : value),
};

const url = text('a URI without white space', (value) => value !== '' && !/\s/.test(value));
const anyText = text('text that is not empty', (value) => value !== '');

const highest = 2_147_483_647;

export const primitiveFormats: ReadonlyMap<string, PrimitiveFormat> = new Map<string, PrimitiveFormat>([
  ['boolean', { json: 'boolean', expected: 'true or false', isValid: () => true }],
  ['integer', integer(-highest - 1, highest)],
  ['unsignedInt', integer(0, highest)],
  ['positiveInt', integer(1, highest)],
  ['decimal', decimal],
  ['string', anyText],
  ['markdown', anyText],
  ['code', text('a code: no white space but single spaces inside', (value) => value !== '' && !wrongSpace.test(value))],
  ['id', text('an id of 1 to 64 letters, digits, "-" and "."', (value) => id.test(value))],
  ['uri', url],
  ['url', url],
  ['canonical', url],
  ['oid', text('an OID such as urn:oid:1.2.3', (value) => oid.test(value))],
  ['uuid', text('a UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520', (value) => uuid.test(value))],
  ['date', text('a day that exists, as YYYY, YYYY-MM or YYYY-MM-DD', isDate)],
  ['dateTime', text('YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz, on a day that exists', isDateTime)],
  ['instant', text('YYYY-MM-DDThh:mm:ss+zz:zz on a day that exists', isInstant)],
  ['time', text('a time of day hh:mm:ss before 24:00:00', isTime)],
  ['base64Binary', text('base64 (RFC 4648) with padding', isBase64)],
  // The narrative's own check finds that it is empty.
  ['xhtml', text('XHTML', () => true)],
]);

/** Without backtracking, for there may be megabytes. */
function isBase64(value: string): boolean {
  const packed = /\s/.test(value) ? value.replace(/\s+/g, '') : value;
  if (packed === '' || packed.length % 4 !== 0) return false;
  const end = packed.search(notBase64);
  return end === -1 || (end >= packed.length - 2 && /^={1,2}$/.test(packed.slice(end)));
}
