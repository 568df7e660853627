import type { RequestContext } from '../../../scope/request-context.js';
import { wholeSystem } from './whole-system.js';
import { compartmentMembers, compartmentOwners, compartmentParameters } from '../../../r4/model/compartments.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { printable, UnknownAddress, UnknownType } from '../../../r4/errors/request-errors.js';
import { isResourceType, resourceTypes, suggestType } from '../../../r4/model/resource-types.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { single } from '../../../r4/search/query/parse-result-parameters.js';
import type { SearchScope } from '../../../r4/search/query/parse-search.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';

/** A type, the compartment of a resource, or neither for the whole system. */
export type SearchAddress = Pick<Interaction, 'type' | 'id' | 'member'>;

/** Resources that a search goes over (https://hl7.org/fhir/R4/http.html#search). */
export interface SearchSource extends SearchScope {
  /** Below the base. */
  readonly path: string;
  /** Returns what rows of a type must satisfy beside the criteria of the query. */
  belonging(type: string): readonly Criterion[];
}

/** Throws 404 for an address that R4 does not have, 400 for a `_type` that is none. */
export function searchSource(
  context: RequestContext,
  { type, id, member }: SearchAddress,
  query: URLSearchParams,
  parameters: SearchParameters,
): SearchSource {
  const may = (one: string): boolean => context.may(one, 's');
  if (type === undefined || type === '') {
    const types = namedTypes(query, resourceTypes) ?? wholeSystem.filter(may);
    return { path: '', types, takesType: true, belonging: () => [] };
  }
  if (id === undefined || member === undefined) {
    return { path: type, types: [type], takesType: false, belonging: () => [] };
  }
  const members = membersOf(type, member);
  const takesType = member === '*';
  const types = takesType
    ? (namedTypes(query, new Set(members)) ?? members.filter((one) => one !== 'AuditEvent' && may(one)))
    : [member];
  const belonging = (one: string) => [belongsTo({ type, id }, one, parameters)];
  return { path: `${type}/${id}/${member}`, types, takesType, belonging };
}

/** Types of `_type`, each once; undefined without it. */
function namedTypes(query: URLSearchParams, known: ReadonlySet<string>): readonly string[] | undefined {
  const text = single(query, '_type');
  if (text === undefined) return undefined;
  const types = [...new Set(text.split(','))].toSorted();
  for (const type of types) if (!known.has(type)) throw unknownType(type, known);
  return types;
}

function unknownType(type: string, known: ReadonlySet<string>): InvalidRequest {
  const suggestion = isResourceType(type) ? undefined : suggestType(type);
  const fact = isResourceType(type)
    ? `_type: ${type} is never in this compartment. Its types are ${[...known].join(', ')}.`
    : `_type: "${printable(type)}" is not a FHIR R4 resource type.${suggestion ? ` Did you mean ${suggestion}?` : ''}`;
  return new InvalidRequest({ code: 'invalid', diagnostics: fact, location: ['http._type'] });
}

function membersOf(owner: string, member: string): readonly string[] {
  if (!compartmentOwners.includes(owner)) {
    throw new UnknownAddress(`R4 has no compartment of a ${owner}; it has those of ${compartmentOwners.join(', ')}.`);
  }
  const members = compartmentMembers(owner);
  if (member === '*' || members.includes(member)) return members;
  if (!isResourceType(member)) throw new UnknownType(member, suggestType(member));
  throw new UnknownAddress(`${member} is never in the compartment of a ${owner}. Its types are ${members.join(', ')}.`);
}

/** Refers to the owner by one of the parameters of the compartment, or is the owner. */
function belongsTo(owner: { type: string; id: string }, member: string, parameters: SearchParameters): Criterion {
  const { type, id } = owner;
  const references = compartmentParameters(type, member).flatMap((code): readonly Criterion[] => {
    const parameter = parameters.find(member, code);
    if (!parameter) return [];
    return [{ kind: 'filter', filter: { parameter, values: [{ kind: 'reference', target: `${type}/${id}` }] } }];
  });
  return { kind: 'any', of: member === type ? [isOwner(id, type, parameters), ...references] : references };
}

function isOwner(id: string, type: string, parameters: SearchParameters): Criterion {
  return {
    kind: 'filter',
    filter: { parameter: parameters.find(type, '_id')!, values: [{ kind: 'token', code: id }] },
  };
}
