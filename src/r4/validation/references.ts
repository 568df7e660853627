/** Literal references (https://hl7.org/fhir/R4/references.html#literal): form, target type, contained resources. */
import { listOf } from '../json/items.js';
import { isObject, type Json, type JsonObject } from '../json/json.js';
import { conditionalReference } from '../model/reference.js';
import { isResourceType } from '../model/resource-types.js';
import { foundText, quoted } from './found-text.js';
import type { ResourceContext, RootContext, ValidationRun } from './validation-run.js';

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const relative = /^([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?|\?.*)$/;
const typeBeforeId = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$/;
/** No address of a resource is longer; what is longer is not taken apart. */
const longest = 2048;

const containedTypes = new WeakMap<RootContext, ReadonlyMap<string, string>>();

/** The form of the literal, and that its type agrees with `Reference.type`. */
export function checkReferenceForm(reference: JsonObject, run: ValidationRun): void {
  const { reference: literal, type } = reference;
  if (typeof literal !== 'string') return;
  if (literal.startsWith('#')) return;
  if (!absolute.test(literal)) checkRelative(literal, run);
  const named = literalType(literal);
  if (named !== undefined && typeof type === 'string' && isResourceType(type) && type !== named) {
    run.reportAt('type', 'wrong-reference-target', [`${named}, the type in the reference`, quoted(type)]);
  }
}

/** Identities are not relative to anything. */
export function checkAbsolute(value: Json, run: ValidationRun): void {
  if (typeof value === 'string' && !absolute.test(value)) run.report('relative-url', 'an absolute URL', quoted(value));
}

/** Only the parts of a complex extension have relative ones (https://hl7.org/fhir/R4/extensibility.html#Extension.url). */
export function checkExtensionUrl(value: Json, run: ValidationRun): void {
  // …, extension, 0, extension, 1, url
  const around = run.path.at(-5);
  if (around !== 'extension' && around !== 'modifierExtension') checkAbsolute(value, run);
}

/** Entries of a Bundle may have conditional references, which transactions resolve (https://hl7.org/fhir/R4/http.html#trules). */
const mayHaveConditions: ReadonlySet<string | number | undefined> = new Set(['Bundle', 'Parameters']);

function checkRelative(literal: string, run: ValidationRun): void {
  const type = literal.length > longest ? undefined : relative.exec(literal)?.[1];
  if (type !== undefined && isResourceType(type)) return checkCondition(literal, run);
  const expected = 'Type/id, an absolute URL, urn:uuid:…, or "#" with the id of a contained resource';
  run.reportAt('reference', 'invalid-reference', [expected, quoted(literal)]);
}

function checkCondition(literal: string, run: ValidationRun): void {
  if (!conditionalReference.test(literal) || mayHaveConditions.has(run.path[0])) return;
  const expected = 'Type/id; a condition such as this is resolved in a Bundle of type transaction only';
  run.reportAt('reference', 'invalid-reference', [expected, quoted(literal)]);
}

/** The target type, where the literal, the contained resource or `Reference.type` says it. */
export function checkTarget(value: Json, targets: ReadonlySet<string>, run: ValidationRun): void {
  if (!isObject(value)) return;
  const type = targetType(value, run.context);
  if (type === undefined || targets.has(type)) return;
  const said = typeof value['reference'] === 'string' ? value['reference'] : value['type'];
  run.report('wrong-reference-target', `a reference to ${[...targets].join(' or ')}`, foundText(said));
}

export function targetType({ reference, type }: JsonObject, context: ResourceContext): string | undefined {
  const literal = typeof reference === 'string' ? reference : undefined;
  const named = literal?.startsWith('#') ? containedType(literal, context) : literal && literalType(literal);
  return named || (typeof type === 'string' && isResourceType(type) ? type : undefined);
}

/** `#` alone is the container (https://hl7.org/fhir/R4/references.html#contained). */
export const isContained = (literal: string, { root }: ResourceContext): boolean =>
  literal === '#' || typesOf(root).has(literal.slice(1));

function containedType(literal: string, { root }: ResourceContext): string | undefined {
  if (literal !== '#') return typesOf(root).get(literal.slice(1));
  const { resourceType } = root.resource;
  return typeof resourceType === 'string' ? resourceType : undefined;
}

function literalType(literal: string): string | undefined {
  if (literal.length > longest) return undefined;
  const type = (absolute.test(literal) ? typeBeforeId : relative).exec(literal)?.[1];
  return type !== undefined && isResourceType(type) ? type : undefined;
}

/** Id → type of the contained resources, made once for a resource. */
function typesOf(root: RootContext): ReadonlyMap<string, string> {
  let types = containedTypes.get(root);
  if (types) return types;
  const found = new Map<string, string>();
  const { contained } = root.resource;
  for (const item of listOf(contained)) {
    if (!isObject(item) || typeof item['id'] !== 'string') continue;
    found.set(item['id'], typeof item['resourceType'] === 'string' ? item['resourceType'] : '');
  }
  types = found;
  containedTypes.set(root, types);
  return types;
}
