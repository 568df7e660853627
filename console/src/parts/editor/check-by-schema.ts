import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import type { MessageKey, Messages } from '../../messages/messages.js';
import { type JsonSchema, type Path, schemaAt } from './json-schema.js';
import type { Fault, FormFault, StructuredText } from './structured-text.js';

/** What is wrong with a text: its form; where that is right, what the schema says of its value. */
export function faultsOf(text: StructuredText, schema: JsonSchema | undefined, t: Messages): readonly Fault[] {
  if (text.faults.length > 0 || schema === undefined) return text.faults.map((fault) => inWords(fault, t));
  const { errors } = new Validator(schema as Schema, '2020-12', false).validate(text.value);
  const faults = errors.filter(isReason).map((error) => {
    const path = pathOf(error.instanceLocation);
    return text.fault(path, wordsOf(error, path, { schema, t }));
  });
  return faults.filter(
    (one, at) => faults.findIndex(({ from, text: said }) => from === one.from && said === one.text) === at,
  );
}

/** The parser has English words alone. */
export const inWords = ({ code, ...place }: FormFault, t: Messages): Fault => ({
  ...place,
  text: t(`editor.form.${code}`),
});

/** Not those that repeat the errors of their parts, nor the ways of a choice. */
const isReason = ({ keyword, keywordLocation }: OutputUnit): boolean =>
  !/\/(?:oneOf|anyOf)\//.test(keywordLocation) && !['properties', 'items', 'additionalProperties'].includes(keyword);

const words: Readonly<Record<string, MessageKey>> = {
  required: 'editor.required',
  enum: 'editor.enum',
  type: 'editor.type',
  false: 'editor.unknown',
  minLength: 'editor.tooShort',
  minItems: 'editor.tooShort',
  minProperties: 'editor.tooShort',
  maxLength: 'editor.tooLong',
  maxItems: 'editor.tooLong',
};

interface Words {
  readonly schema: JsonSchema;
  readonly t: Messages;
}

function wordsOf({ keyword, error }: OutputUnit, path: Path, { schema, t }: Words): string {
  const { description, type } = schemaAt(schema, path) ?? {};
  const name = keyword === 'required' ? (/"(.*)"/.exec(error)?.[1] ?? '') : String(path.at(-1) ?? '');
  const key = words[keyword];
  if (key !== undefined) return t(key, { name, type: type ?? '' });
  return description === undefined ? t('editor.misfit') : `${t('editor.misfit')} ${description}`;
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-6 */
const pathOf = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => decodeURI(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
