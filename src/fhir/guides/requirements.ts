import { listOf, objectsOf, textOf } from '../../r4/json/items.js';
import { isObject, type Json, type JsonObject } from '../../r4/json/json.js';

/** Something that a guide asks of servers, and that a CapabilityStatement of a server can show. */
export interface Requirement {
  readonly kind: 'format' | 'interaction' | 'operation' | 'include' | 'revinclude' | 'parameter';
  /** Undefined: of the whole server. */
  readonly type: string | undefined;
  readonly name: string;
  /** SHALL; otherwise SHOULD. */
  readonly isRequired: boolean;
  /** True if the guide asks for the type at all: its requirements of other types count only for their profiles. */
  readonly isOfRequiredType: boolean;
}

const expectationUrl = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation';
const combinationUrl = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination';

const texts = (value: Json | undefined): readonly string[] => listOf(value).filter((one) => typeof one === 'string');

/** Returns the expectation of an element; one without is required. */
function expectationOf(element: Json | undefined): string {
  const extension = isObject(element) ? objectsOf(element['extension']) : [];
  const found = extension.find(({ url }) => url === expectationUrl)?.['valueCode'];
  return typeof found === 'string' ? found : 'SHALL';
}

/** The resources that the statement is about. */
export const resourcesOf = (statement: JsonObject): readonly JsonObject[] => objectsOf(restOf(statement)?.['resource']);

/** `rest` of a server; undefined for a statement about clients. */
export const restOf = ({ rest }: JsonObject): JsonObject | undefined =>
  objectsOf(rest).find(({ mode }) => mode === 'server');

/** The requirements of a statement of kind `requirements` (https://hl7.org/fhir/R4/capabilitystatement.html). */
export function requirementsOf(statement: JsonObject): readonly Requirement[] {
  const rest = restOf(statement) ?? {};
  const list = new RequirementList();
  for (const [format, expectation] of expected(statement, 'format')) list.add('format', format, expectation);
  addOffered(list, rest);
  for (const resource of objectsOf(rest['resource'])) {
    list.type = typeof resource['type'] === 'string' ? resource['type'] : undefined;
    list.isOfRequiredType = expectationOf(resource) === 'SHALL';
    addOffered(list, resource);
    addSearches(list, resource);
  }
  return list.found;
}

class RequirementList {
  readonly found: Requirement[] = [];
  type: string | undefined;
  isOfRequiredType = true;

  add(kind: Requirement['kind'], name: string, expectation: string): void {
    if (expectation !== 'SHALL' && expectation !== 'SHOULD') return;
    const { type, isOfRequiredType } = this;
    this.found.push({ kind, type, name, isRequired: expectation === 'SHALL', isOfRequiredType });
  }
}

function addOffered(list: RequirementList, from: JsonObject): void {
  for (const one of objectsOf(from['interaction'])) list.add('interaction', textOf(one['code']), expectationOf(one));
  for (const one of objectsOf(from['operation'])) list.add('operation', textOf(one['definition']), expectationOf(one));
}

function addSearches(list: RequirementList, resource: JsonObject): void {
  for (const one of objectsOf(resource['searchParam'])) list.add('parameter', textOf(one['name']), expectationOf(one));
  for (const one of objectsOf(resource['extension']).filter(({ url }) => url === combinationUrl)) {
    const names = objectsOf(one['extension']).filter(({ url }) => url === 'required');
    for (const { valueString } of names) list.add('parameter', textOf(valueString), expectationOf(one));
  }
  for (const [name, expectation] of expected(resource, 'searchInclude')) list.add('include', name, expectation);
  for (const [name, expectation] of expected(resource, 'searchRevInclude')) list.add('revinclude', name, expectation);
}

/** Expectations of primitives are beside them. */
const expected = (object: JsonObject, name: string): readonly (readonly [string, string])[] =>
  texts(object[name]).map((text, i) => {
    const beside = object[`_${name}`];
    return [text, expectationOf(Array.isArray(beside) ? (beside as readonly Json[])[i] : undefined)];
  });

/** True if the CapabilityStatement of a server shows that it meets the requirement. */
export function isMet({ kind, type, name }: Requirement, statement: JsonObject): boolean {
  if (kind === 'format') return texts(statement['format']).includes(name);
  const place = type === undefined ? restOf(statement) : resourcesOf(statement).find((one) => one['type'] === type);
  return place !== undefined && isShown[kind](place, name);
}

const has = (place: JsonObject, list: string, key: string, value: string): boolean =>
  objectsOf(place[list]).some((one) => one[key] === value);

const isShown: Readonly<Record<Exclude<Requirement['kind'], 'format'>, (place: JsonObject, name: string) => boolean>> =
  {
    interaction: (place, name) => has(place, 'interaction', 'code', name),
    operation: (place, name) => has(place, 'operation', 'definition', name.replace(/\|.*$/, '')),
    parameter: (place, name) => has(place, 'searchParam', 'name', name),
    // Includes can be limited to a type of the target.
    include: (place, name) => texts(place['searchInclude']).includes(name.split(':', 2).join(':')),
    revinclude: (place, name) => texts(place['searchRevInclude']).includes(name.split(':', 2).join(':')),
  };
