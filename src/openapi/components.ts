import { reasons } from '../refusal/reasons.js';
import { resourceTypes } from '../r4/model/resource-types.js';
import { type Components, json, type Parameter, ref, type RequestBody, type Response } from './document.js';
import { alwaysThere, plainSchemas, resourceSchemas, resourceTypeSchema } from './fhir/resource-schemas.js';
import { fhirContent, sharedParameters } from './fhir/shared.js';

/** Where components say more. */
export interface ComponentLinks {
  readonly docsUrl: string;
}

interface Made {
  readonly types: readonly string[];
  /** Schemas of resources do not list their elements. */
  readonly isPlain: boolean;
  readonly criteria: Readonly<Record<string, Parameter>>;
  readonly securitySchemes: Components['securitySchemes'];
  readonly links: ComponentLinks;
}

/** All components: those that every document has, and those of the types in it. */
export const componentsOf = ({ types, isPlain, criteria, securitySchemes, links }: Made): Components => ({
  schemas: {
    ResourceType: resourceTypeSchema,
    OAuthError: oauthError,
    ...(isPlain ? plainSchemas : resourceSchemas)([...types, ...alwaysThere]),
  },
  parameters: { ...sharedParameters, ...criteria },
  headers,
  requestBodies: { ...bodies, ...bodiesOf(types) },
  responses: { ...answersOf(types), ...refusalAnswers(links) },
  securitySchemes,
});

const oauthError = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: 'string' },
    error_description: { type: 'string', description: 'The reasons, and what to do.' },
    error_uri: { type: 'string' },
  },
};

const text = (description: string) => ({ description, schema: { type: 'string' } });

const headers = {
  ETag: text('Version of the resource: `W/"3"`.'),
  'Last-Modified': text('When the version was stored.'),
  Location: text('Address of the version that was stored.'),
  'X-Request-Id': text('Id of the request, as the log and the audit have it.'),
  'WWW-Authenticate': text('Schemes, reason, and the scopes that are needed (RFC 6750, RFC 9728).'),
  'Retry-After': text('Seconds to wait.'),
};

const header = (...names: readonly (keyof typeof headers)[]) =>
  Object.fromEntries(names.map((name) => [name, ref('headers', name)]));

const bodies: Readonly<Record<string, RequestBody>> = {
  SearchForm: {
    required: true,
    description: 'The parameters of a search.',
    content: {
      'application/x-www-form-urlencoded': {
        schema: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
      },
    },
  },
  Patch: {
    required: true,
    description: 'JSON Patch (RFC 6902), or FHIRPath Patch as Parameters (https://hl7.org/fhir/R4/fhirpatch.html).',
    content: {
      'application/json-patch+json': {
        schema: {
          type: 'array',
          items: {
            type: 'object',
            required: ['op', 'path'],
            properties: {
              op: { type: 'string', enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
              path: { type: 'string' },
              from: { type: 'string' },
              value: {},
            },
          },
        },
      },
      ...fhirContent(ref('schemas', 'Parameters')),
    },
  },
};

const withBundle = (types: readonly string[]): readonly string[] => [...new Set([...types, 'Bundle'])];

const bodiesOf = (types: readonly string[]): Readonly<Record<string, RequestBody>> =>
  Object.fromEntries(withBundle(types).map((type) => [type, bodyOf(type)]));

const bodyOf = (type: string): RequestBody => ({
  required: true,
  content: {
    ...fhirContent(ref('schemas', type), { resourceType: type }),
    ...(type === 'Binary' && { '*/*': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } }),
  },
});

const answersOf = (types: readonly string[]): Readonly<Record<string, Response>> =>
  Object.fromEntries(
    withBundle(types).flatMap((type) => {
      const content = bodyOf(type).content;
      const read = {
        description: `A ${type}.`,
        headers: header('X-Request-Id', ...(type === 'Bundle' ? [] : (['ETag', 'Last-Modified'] as const))),
        content,
      };
      const written = {
        description: `The ${type} that was stored, or what Prefer asks for.`,
        headers: header('ETag', 'Last-Modified', 'Location', 'X-Request-Id'),
        content,
      };
      return [
        [type, read],
        [`${type}Written`, written],
      ];
    }),
  );

/** The codes of a status with their titles, as links to their cures. */
const reasonsOf = (status: number, { docsUrl }: ComponentLinks): string =>
  Object.entries(reasons)
    .filter(([, reason]) => reason.status === status)
    .map(([code, { title }]) => `- [${code}](${docsUrl}#${code}): ${title}`)
    .join('\n');

const oauth = (description: string): Response => ({ description, content: json(ref('schemas', 'OAuthError')) });

function refusalAnswers(links: ComponentLinks): Readonly<Record<string, Response>> {
  const outcome = fhirContent(ref('schemas', 'OperationOutcome'));
  const told = (description: string, ...names: readonly (keyof typeof headers)[]): Response => ({
    description,
    headers: header('X-Request-Id', ...names),
    content: outcome,
  });
  const all = (status: number, fact: string): string =>
    `${fact} Each issue has one of these codes, the fact and the cure.\n\n${reasonsOf(status, links)}`;
  return {
    Outcome: told('An OperationOutcome that says what is wrong, and what to do.'),
    Unauthorized: told(all(401, 'The credentials do not count.'), 'WWW-Authenticate'),
    Forbidden: told(all(403, 'The credentials count, and do not permit this.'), 'WWW-Authenticate'),
    NotFound: told('Nothing is there that the caller may know of.'),
    Gone: told('The resource was deleted.'),
    Conflict: told('Another change came first, or references keep this from being done.'),
    PreconditionFailed: told('Another version is current, or several resources match.'),
    TooLarge: told('The body is larger than this server takes.'),
    UnsupportedMediaType: told('The Content-Type is none that this route reads.'),
    Invalid: told('The content is not valid.'),
    TooMany: told('Too many requests.', 'Retry-After'),
    NotModified: { description: 'The version that the client has is current.', headers: header('ETag') },
    Deleted: { description: 'Deleted.', headers: header('X-Request-Id') },
    OAuthUnauthorized: oauth('The credentials do not count.'),
    OAuthForbidden: oauth('The right to administer is missing; `error_description` names it.'),
    OAuthFailed: oauth('What is wrong, and what to do.'),
  };
}

/** Types of the whole document. */
export const allTypes: readonly string[] = [...resourceTypes].toSorted();
