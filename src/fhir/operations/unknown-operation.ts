import { nearest } from '../../r4/model/nearest.js';
import { printable, UnknownAddress } from '../../r4/errors/request-errors.js';
import { typesAt } from './declaration/operation-declaration.js';
import type { OperationDeclaration, Operations } from './operation.js';

/** Operations that clients know from R4 and implementation guides, and what to do where they are not offered. */
const instead: Readonly<Record<string, string>> = {
  'export-poll-status': 'Ask at the address in Content-Location, which $export answers.',
  'find-matches':
    'Codes with given properties are those of a value set that filters by them: send it to ValueSet/$expand as "valueSet", with one filter for each property.',
  convert: 'Formats are chosen with Accept.',
};

/** 404 for an operation that is not offered at an address, with what may have been meant. */
export function unknownOperation(operations: Operations, code: string, type: string | undefined): UnknownAddress {
  const all = operations.all.map(({ declaration }) => declaration);
  const known = all.find((one) => one.code === code);
  const name = `$${printable(code)}`;
  if (known) {
    const place = type === undefined ? 'the base' : printable(type);
    return new UnknownAddress(`The operation ${name} is not offered on ${place}; it is on ${placesOf(known)}.`);
  }
  const codes = [...all.map((one) => one.code), 'explain-access'].toSorted();
  const offered = `Offered are ${codes.map((one) => `$${one}`).join(', ')}.`;
  return new UnknownAddress(`The operation ${name} is not offered here.${adviceFor(code, codes)} ${offered}`);
}

function adviceFor(code: string, codes: readonly string[]): string {
  if (Object.hasOwn(instead, code)) return ` ${instead[code]}`;
  const suggestion = codes.find((one) => plain(one) === plain(code)) ?? nearest(code, codes);
  return suggestion === undefined ? '' : ` Did you mean $${suggestion}?`;
}

/** Names that differ in hyphens and letter case only are the nearest. */
const plain = (text: string): string => text.replace(/[-_]/g, '').toLowerCase();

function placesOf(declaration: OperationDeclaration): string {
  const { code, level } = declaration;
  return level
    .map((one) => {
      if (one === 'system') return `<base>/$${code}`;
      const types = typesAt(declaration, one);
      const named = types.length > 3 ? '<type>' : types.join(' or ');
      return one === 'type' ? `${named}/$${code}` : `${named}/<id>/$${code}`;
    })
    .join(', ');
}
