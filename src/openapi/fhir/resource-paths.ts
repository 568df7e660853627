import type { ResourceRoutes } from '../../fhir/http/resource-routes.js';
import { ResourceController } from '../../fhir/http/resource.controller.js';
import type { InteractionKind } from '../../r4/rest/interaction.js';
import { permissionsFor } from '../../scope/interaction-rules.js';
import { Requires } from '../../scope/requires.decorator.js';
import { declaredRoutes, type DeclaredRoute } from '../declared-routes.js';
import { type Operation, type PathItem, type Paths, ref, type Reference } from '../document.js';
import { ofScopes } from '../security.js';
import { refusals, shared } from './shared.js';

/** A route of one type. */
interface Asked {
  readonly type: string;
  /** Criteria choose the resource, in the place of an id. */
  readonly isConditional: boolean;
}

type Told = Pick<Operation, 'summary' | 'responses'> &
  Partial<Pick<Operation, 'description' | 'parameters' | 'requestBody'>>;
type Handlers = Exclude<keyof ResourceRoutes, symbol>;
type Tell = (asked: Asked, criteria: readonly Reference[]) => Told;

const reading = shared('_format', '_pretty', '_summary', '_elements', 'X-Purpose-Of-Use');
const conditionalReading = shared('If-None-Match', 'If-Modified-Since', 'Cache-Control');
const writing = shared('_format', '_pretty', 'Prefer', 'X-Purpose-Of-Use');
const paging = shared('_count', '_sort', '_total', '_include', '_revinclude', '_has', 'Prefer-handling');
const past = shared('_since', '_at', '_count', '_sort-history');
const id = shared('id');

const answer = (type: string, codes: readonly string[] = []): Operation['responses'] => ({
  '200': ref('responses', type),
  ...refusals(...codes),
});

/** Securing labels of a Binary that comes as it is. */
const contextOf = (type: string): readonly Reference[] => (type === 'Binary' ? shared('X-Security-Context') : []);
const idOr = ({ isConditional }: Asked): readonly Reference[] => (isConditional ? shared('criteria') : id);
const chosen = ({ type, isConditional }: Asked): string => (isConditional ? `the ${type} that matches` : `a ${type}`);
const severalMatches = ({ isConditional }: Asked): readonly string[] => (isConditional ? ['412'] : []);

/** Description of each route; its address and requirements come from its decorators. */
const texts: Readonly<Record<Handlers, Tell>> = {
  search: ({ type }, criteria) => ({
    summary: `Search ${type}`,
    parameters: [...criteria, ...paging, ...reading, ...shared('Cache-Control')],
    responses: answer('Bundle'),
  }),
  searchByForm: ({ type }) => ({
    summary: `Search ${type} by a form`,
    description: 'Takes the parameters of the search by GET in the body; those of the address count as well.',
    requestBody: ref('requestBodies', 'SearchForm'),
    parameters: [...shared('Prefer-handling'), ...reading],
    responses: answer('Bundle', ['415']),
  }),
  historyOfType: ({ type }) => ({
    summary: `Versions of all ${type} resources`,
    parameters: [...past, ...reading],
    responses: answer('Bundle'),
  }),
  read: ({ type }) => ({
    summary: `Read a ${type}`,
    parameters: [...id, ...conditionalReading, ...reading],
    responses: answer(type, ['304', '404', '410']),
  }),
  vread: ({ type }) => ({
    summary: `Read a version of a ${type}`,
    parameters: [...id, ...shared('versionId'), ...conditionalReading, ...reading],
    responses: answer(type, ['304', '404', '410']),
  }),
  history: ({ type }) => ({
    summary: `Versions of a ${type}`,
    parameters: [...id, ...past, ...reading],
    responses: answer('Bundle', ['404']),
  }),
  create: ({ type }) => ({
    summary: `Create a ${type}`,
    description: 'With If-None-Exist, searching is needed too.',
    requestBody: ref('requestBodies', type),
    parameters: [...shared('If-None-Exist', 'Idempotency-Key'), ...contextOf(type), ...writing],
    responses: written(type, ['409', '412', '415', '422']),
  }),
  update: (asked) => ({
    summary: `Update ${chosen(asked)}, or create it`,
    requestBody: ref('requestBodies', asked.type),
    parameters: [...idOr(asked), ...shared('If-Match', 'If-None-Match'), ...contextOf(asked.type), ...writing],
    responses: written(asked.type, ['404', '409', '412', '415', '422']),
  }),
  patch: (asked) => ({
    summary: `Patch ${chosen(asked)}`,
    requestBody: ref('requestBodies', 'Patch'),
    parameters: [...idOr(asked), ...shared('If-Match'), ...writing],
    responses: {
      '200': ref('responses', `${asked.type}Written`),
      ...refusals('404', '409', '412', '415', '422'),
    },
  }),
  delete: (asked) => ({
    summary: `Delete ${chosen(asked)}`,
    parameters: [...idOr(asked), ...shared('If-Match', 'X-Purpose-Of-Use')],
    responses: { '204': ref('responses', 'Deleted'), ...refusals('404', '409', ...severalMatches(asked)) },
  }),
};

const written = (type: string, codes: readonly string[]): Operation['responses'] => ({
  '200': ref('responses', `${type}Written`),
  '201': ref('responses', `${type}Written`),
  ...refusals(...codes),
});

const routes = declaredRoutes(ResourceController);

/** The routes of a type (https://hl7.org/fhir/R4/http.html), as `ResourceRoutes` declares them. */
export function resourcePaths(base: string, type: string, criteria: readonly Reference[]): Paths {
  const paths: Record<string, PathItem> = {};
  for (const route of routes) {
    for (const path of route.paths) {
      const address = base + path.replace('{type}', type);
      paths[address] = { ...paths[address], [route.method]: operationOf(route, path, type, criteria) };
    }
  }
  return paths;
}

function operationOf(route: DeclaredRoute, path: string, type: string, criteria: readonly Reference[]): Operation {
  const kind = Reflect.getMetadata(Requires.KEY, route.handle) as InteractionKind;
  const hasId = path.includes('{id}');
  const isConditional = !hasId && (kind === 'update' || kind === 'patch' || kind === 'delete');
  const permissions = permissionsFor(hasId ? { kind, id: 'id' } : { kind });
  return {
    operationId: `${route.handler}${isConditional ? 'Conditional' : ''}${type}`,
    tags: [type],
    ...texts[route.handler as Handlers]({ type, isConditional }, criteria),
    security: ofScopes([{ type, permissions }]),
  };
}
