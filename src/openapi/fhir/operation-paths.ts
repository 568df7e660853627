import type { FhirOptions } from '../../fhir/fhir-options.js';
import { definitionOf } from '../../fhir/operations/declaration/operation-definition.js';
import { type OperationDeclaration, typesAt } from '../../fhir/operations/declaration/operation-declaration.js';
import type { DeclaredParameter } from '../../fhir/operations/parameters/declared-parameter.js';
import { isPrimitiveType } from '../../r4/model/elements.js';
import type { DeclaredNeed, DeclaredRight } from '../../scope/decision.js';
import {
  type Method,
  type Operation,
  type Parameter,
  type Paths,
  ref,
  type RequestBody,
  type Security,
} from '../document.js';
import { anyToken, bearer, contexts, smart } from '../security.js';
import { alwaysThere, schemaOf } from './resource-schemas.js';
import { fhirContent, refusals, shared } from './shared.js';

type Level = OperationDeclaration['level'][number];

/** An operation that is offered on more types than this has one path for all of them. */
const mostPaths = 10;

const ofType: Parameter = {
  name: 'type',
  in: 'path',
  required: true,
  description: 'Type of the resource.',
  schema: ref('schemas', 'ResourceType') as unknown as Parameter['schema'],
};

/** Paths of an operation on each of its levels, from its declaration. */
export function operationPaths(
  { base, basePath }: FhirPlace,
  declaration: OperationDeclaration,
  types: readonly string[],
): Paths {
  const paths: Record<string, Paths[string]> = {};
  const offered = (declaration.types ?? []).filter((type) => types.includes(type));
  const isNamed = offered.length <= mostPaths;
  for (const level of declaration.level) {
    const named =
      level === 'system'
        ? [undefined]
        : isNamed
          ? offered.filter((type) => typesAt(declaration, level).includes(type))
          : ['{type}'];
    for (const type of named) {
      const place = [basePath, type, ...(level === 'instance' ? ['{id}'] : []), `$${declaration.code}`];
      paths[place.filter((part) => part !== undefined).join('/')] = itemOf(declaration, { level, type, base });
    }
  }
  return paths;
}

/** Routes that change data take POST alone. */
function itemOf(declaration: OperationDeclaration, place: Omit<Place, 'method'>): Paths[string] {
  const methods: readonly Method[] = declaration.affectsState ? ['post'] : ['get', 'post'];
  return Object.fromEntries(methods.map((method) => [method, operationOf(declaration, { ...place, method })]));
}

interface Place {
  readonly level: Level;
  readonly type: string | undefined;
  readonly method: Method;
  /** FHIR base URL. */
  readonly base: string;
}

type FhirPlace = Pick<FhirOptions, 'base' | 'basePath'>;

function operationOf(declaration: OperationDeclaration, place: Place): Operation {
  const { code, documentation } = declaration;
  const { level, type, method, base } = place;
  const onType = type === '{type}' ? [ofType] : [];
  return {
    operationId: `${method}_${code}_${level}${type === undefined ? '' : `_${type.replace(/\W/g, '')}`}`,
    tags: ['Operations'],
    summary: `$${code} (${level})`,
    description: `${documentation}\n\n${definitionOf(declaration, base, { level, type })}`,
    parameters: [
      ...onType,
      ...(level === 'instance' ? shared('id') : []),
      ...(method === 'get' ? queryOf(declaration) : []),
      ...shared('_format', '_pretty', 'X-Purpose-Of-Use'),
    ],
    ...(method === 'post' && { requestBody: bodyOf(declaration) }),
    responses: answersOf(declaration),
    security: securityOf(declaration, type),
  };
}

/** A query has what is primitive, and codings as `system|code`. */
const queryOf = ({ parameters = [] }: OperationDeclaration): readonly Parameter[] =>
  parameters
    .filter(({ type, token }) => token === true || (type !== undefined && isPrimitiveType(type)))
    .map(({ name, type = 'string', min = 0, max = 1, token, documentation }) => {
      const schema = token === true ? { type: 'string' } : schemaOf(type);
      return {
        name,
        in: 'query',
        ...(min > 0 && { required: true }),
        description: documentation,
        schema: max === 1 ? schema : { type: 'array', items: schema },
      };
    });

const bodyOf = ({ parameters = [], takesResource, bodies = {} }: OperationDeclaration): RequestBody => ({
  required: parameters.some(({ min = 0 }) => min > 0),
  ...(parameters.length > 0 && { description: parameters.map((one) => described(one)).join('\n') }),
  content: {
    ...fhirContent(ref('schemas', takesResource ? 'Resource' : 'Parameters')),
    ...Object.fromEntries(Object.keys(bodies).map((type) => [type, { schema: bodySchema(type) }])),
  },
});

const bodySchema = (mediaType: string) => ({ type: mediaType.endsWith('json') ? 'object' : 'string' });

/** A line of a list, and those of its parts below it. */
function described({ name, type, min = 0, max = 1, documentation, part = [] }: DeclaredParameter, depth = 0): string {
  const line = `${'  '.repeat(depth)}- \`${name}\` (${type ?? 'parts'}, ${min}..${max}): ${documentation}`;
  return [line, ...part.map((one) => described(one, depth + 1))].join('\n');
}

/** Type of the answer: that of the parameter `return`, or Parameters with what it lists. */
function answerType({ returns = [] }: OperationDeclaration): string {
  const [only, ...others] = returns;
  if (only?.name !== 'return' || others.length > 0) return returns.length > 0 ? 'Parameters' : 'Resource';
  return only.type !== undefined && alwaysThere.includes(only.type) ? only.type : 'Resource';
}

function answersOf(declaration: OperationDeclaration): Operation['responses'] {
  const { answersText, answersBytes, returns = [] } = declaration;
  const content = {
    ...(typeof answersBytes === 'string'
      ? { [answersBytes]: { schema: bodySchema(answersBytes) } }
      : fhirContent(ref('schemas', answerType(declaration)))),
    ...(answersText && { [answersText === true ? 'text/plain' : answersText]: { schema: { type: 'string' } } }),
  };
  const description = returns.map((one) => described(one)).join('\n') || 'What the operation returns.';
  return { '2XX': { description, content }, ...refusals('404') };
}

/** The access that an operation declares; the audit of the own record is judged by what the caller's record is. */
function securityOf({ access }: OperationDeclaration, type = '*'): Security {
  if (typeof access === 'string') return anyToken;
  const scopesIn = (context: string): string[] => access.map((need) => scopeOf(need, context, type));
  const rows = access.some((need) => 'everyRow' in need) ? contexts.filter((one) => one !== 'patient') : contexts;
  return [{ [bearer]: [] }, ...rows.map((context) => ({ [smart]: scopesIn(context) }))];
}

const scopeOf = (need: DeclaredNeed | DeclaredRight, context: string, addressed: string): string => {
  if ('administers' in need) return `admin/${need.administers}.${need.permission}`;
  const type = need.type ?? (addressed === '{type}' ? '*' : addressed);
  return `${context}/${type}.${need.permission}`;
};
