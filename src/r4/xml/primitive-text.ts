import { ExactNumber, type Json } from '../json/json.js';

const integer = /^[+-]?(?:0|[1-9]\d*)$/;
const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number as `parseJson` would read it: a JavaScript number only where no digit is lost. */
function numberFrom(text: string): number | ExactNumber {
  const number = Number(text);
  return String(number) === text ? number : new ExactNumber(text);
}

interface Lexical {
  /** The JSON value; undefined when the text is none of this type. */
  readonly read: (text: string) => Json | undefined;
  readonly form: string;
}

const anInteger: Lexical = {
  // JSON has no plus sign; FHIR allows it before integers.
  read: (text) => (integer.test(text) ? numberFrom(text.startsWith('+') ? text.slice(1) : text) : undefined),
  form: 'digits such as 12',
};

/** The types that are no text in JSON (https://hl7.org/fhir/R4/json.html#primitive). */
const lexicals: ReadonlyMap<string, Lexical> = new Map<string, Lexical>([
  [
    'boolean',
    { read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined), form: 'true or false' },
  ],
  ['decimal', { read: (text) => (decimal.test(text) ? numberFrom(text) : undefined), form: 'digits such as 1.50' }],
  ['integer', anInteger],
  ['unsignedInt', anInteger],
  ['positiveInt', anInteger],
]);

/** The JSON value of a `value` attribute; undefined when a boolean or number is expected and the text is none. */
export function readPrimitive(type: string, text: string): Json | undefined {
  const lexical = lexicals.get(type);
  return lexical ? lexical.read(text) : text;
}

/** Returns the form of the texts that `readPrimitive` accepts for the type, in words. */
export const lexicalForm = (type: string): string => lexicals.get(type)?.form ?? 'text';
