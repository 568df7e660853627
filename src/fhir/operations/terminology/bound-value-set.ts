import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { type ElementDefinition, readStructure } from '../../../r4/validation/profiles/model/structure.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import { ReadableDefinitions, snapshotOf } from '../readable-definitions.js';
import { IncompleteQuestion, UnknownDefinition } from './terminology-questions.js';

/** Parameters that name a value set by the element that is bound to it (https://hl7.org/fhir/R4/valueset-operation-expand.html). */
export const contextParameter = {
  name: 'context',
  type: 'uri',
  documentation:
    'In place of a value set: an element that is bound to one, as `url of the StructureDefinition#id or path of the element`.',
} as const;

/** 422: the element is not there, or is bound to no value set. */
export class NoBinding extends FhirError {
  readonly status = 422;
  constructor(fact: string) {
    super({ code: 'not-found', diagnostics: `${fact} Name the value set by "url", or another element.` });
  }
}

/** Where a call may say which value set it is about. */
interface Naming {
  readonly context: RequestContext;
  readonly resources: ResourceRepository;
  /** The address of the call names the value set. */
  readonly isByAddress: boolean;
}

interface Named {
  readonly url?: string | undefined;
  readonly valueSet?: JsonObject | undefined;
  readonly context?: string | undefined;
}

/** The canonical that a call names, or that its `context` leads to. Throws 400 where it says both. */
export async function valueSetNamed(
  { context, resources, isByAddress }: Naming,
  { url, valueSet, context: element }: Named,
): Promise<string | undefined> {
  if (element === undefined) return url;
  if (isByAddress || url !== undefined || valueSet)
    throw new IncompleteQuestion('"context" stands in the place of a value set: name one, or send "context".', 'value');
  return boundValueSet(context, resources, element);
}

/** Canonical of the value set that a context leads to, by definitions that the caller may read and those of R4. */
async function boundValueSet(context: RequestContext, resources: ResourceRepository, text: string): Promise<string> {
  const { url, name } = parseContext(text);
  const source = new ReadableDefinitions(context, resources);
  const [found] = await source.find('StructureDefinition', [url]);
  const structure = found && readStructure(found.resource);
  if (!structure) throw new UnknownDefinition('StructureDefinition', url);
  const elements = structure.snapshot.length > 0 ? structure.snapshot : await snapshotOf(structure, source);
  const element = elementNamed(elements, name);
  if (!element) throw new NoBinding(`The StructureDefinition ${url} has no element "${name}".`);
  const valueSet = element.binding?.valueSet;
  if (valueSet === undefined) throw new NoBinding(`The element "${name}" of ${url} is bound to no value set.`);
  return valueSet;
}

function parseContext(text: string): { readonly url: string; readonly name: string } {
  const [url = '', name = '', ...more] = text.split('#');
  if (url !== '' && name !== '' && more.length === 0) return { url, name };
  throw new IncompleteQuestion(
    '"context" is the url of a StructureDefinition, "#", and the id or path of one of its elements.',
    'value',
  );
}

const elementNamed = (elements: readonly ElementDefinition[], name: string): ElementDefinition | undefined =>
  elements.find(({ id }) => id === name) ?? elements.find(({ path }) => path === name);
