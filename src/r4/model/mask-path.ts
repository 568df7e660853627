import { elementNames } from './element-names.js';
import { elementTypes, propertyType } from './elements.js';
import { nearest } from './nearest.js';
import { printable } from '../errors/request-errors.js';
import { isResourceType, suggestType } from './resource-types.js';

/** The server itself works with these. */
const neverMasked: ReadonlySet<string> = new Set(['id', 'meta', 'implicitRules', 'language', 'text', 'contained']);
/** Their content counts for all callers alike. */
const shared: ReadonlySet<string> = new Set(['CodeSystem', 'SearchParameter', 'ValueSet']);

/** An element to mask: the type, and the path below it. */
export interface MaskPath {
  readonly type: string;
  readonly path: string;
}

/** False for types of which no element can be masked. */
export const isMaskable = (type: string): boolean => !shared.has(type) && type !== 'Binary';

/** Reads a path such as `Patient.contact.telecom`, or tells why it cannot be masked. */
export function readMaskPath(text: string): MaskPath | { readonly why: string } {
  const [type = '', ...elements] = text.split('.');
  const why = whyNot(text, type, elements[0]);
  return why === undefined ? readElements(type, elements) : { why };
}

function whyNot(text: string, type: string, first: string | undefined): string | undefined {
  if (!isResourceType(type)) {
    const suggestion = suggestType(type);
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
    return `"${printable(text)}" does not begin with a resource type.${hint} Paths are written Patient.telecom.`;
  }
  if (shared.has(type)) return `${type} cannot be masked: what it says counts for searches of all callers.`;
  if (type === 'Binary') return 'Binary cannot be masked: its content is sent as it is. Deny or constrain it.';
  if (first === undefined) return `"${printable(text)}" names no element. To hide whole resources, deny or constrain.`;
  return neverMasked.has(first) ? `${printable(text)} cannot be masked: the server works with it.` : undefined;
}

function readElements(type: string, elements: readonly string[]): MaskPath | { readonly why: string } {
  const path: string[] = [];
  let owner = type;
  for (const name of elements) {
    const names = elementNames(owner);
    const element = names.get(name);
    if (element === undefined) {
      const suggestion = nearest(name, names.keys());
      const hint = suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
      return { why: `"${printable(name)}" is no element of ${owner || 'a choice of types'}.${hint}` };
    }
    path.push(element);
    owner = typeBelow(owner, element);
  }
  return { type, path: path.join('.') };
}

/** Empty below a choice, which is masked as a whole. */
const typeBelow = (owner: string, element: string): string =>
  elementTypes(owner, element)?.choice ? '' : (propertyType(owner, element)?.type ?? '');
