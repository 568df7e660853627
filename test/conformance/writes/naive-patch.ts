import { type Content, textOf } from './content.js';

/** Operations on top elements that hold one value each. */
export interface Patch {
  readonly form: 'JSON Patch' | 'FHIRPath Patch';
  readonly operations: readonly PatchOperation[];
}

export interface PatchOperation {
  /** FHIRPath Patch calls `remove` delete, and has no `test`. */
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly name: string;
  /** JSON; undefined to remove. */
  readonly text?: string;
}

/** Undefined if an operation cannot be applied: then none is. */
export function patched({ form, operations }: Patch, content: Content): Content | undefined {
  const apply = form === 'JSON Patch' ? applyJson : applyFhirPath;
  let result: Content | undefined = content;
  for (const operation of operations) result = result && apply(operation, result);
  return result;
}

/** https://datatracker.ietf.org/doc/html/rfc6902#section-4 */
function applyJson({ op, name, text }: PatchOperation, content: Content): Content | undefined {
  const found = textOf(content.elements, name);
  if (op === 'test') return found === text ? content : undefined;
  if (op !== 'add' && found === undefined) return undefined;
  return op === 'remove' ? without(content, name) : having(content, name, text!);
}

/** https://hl7.org/fhir/R4/fhirpatch.html */
function applyFhirPath({ op, name, text }: PatchOperation, content: Content): Content | undefined {
  const isThere = textOf(content.elements, name) !== undefined;
  if (op === 'remove') return without(content, name);
  return isThere === (op === 'replace') ? having(content, name, text!) : undefined;
}

const without = (content: Content, name: string): Content => ({
  ...content,
  elements: content.elements.filter(([one]) => one !== name),
});

/** In its place if it is there, else at the end. */
function having(content: Content, name: string, text: string): Content {
  const set = [name, text] as const;
  const { elements } = content;
  const isThere = textOf(elements, name) !== undefined;
  return { ...content, elements: isThere ? elements.map((one) => (one[0] === name ? set : one)) : [...elements, set] };
}
