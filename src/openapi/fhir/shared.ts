import { type Content, type Operation, type Parameter, ref, type Reference, type Schema } from '../document.js';

const texts = { type: 'array', items: { type: 'string' } };
const query = (name: string, description: string, schema: Schema = { type: 'string' }): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const header = (name: string, description: string, schema: Schema = { type: 'string' }): Parameter => ({
  name,
  in: 'header',
  description,
  schema,
});
const inPath = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' },
});

/** Parameters that many routes have, by the name of their component. */
export const sharedParameters = {
  id: inPath('id', 'Id of the resource.'),
  versionId: inPath('versionId', 'Id of the version (`meta.versionId`).'),
  _format: query('_format', 'Form of the answer, before what `Accept` says.', {
    type: 'string',
    examples: ['json', 'xml', 'html'],
  }),
  _pretty: query('_pretty', 'With line breaks, for people.', { type: 'boolean' }),
  _summary: query('_summary', 'A part of each resource. https://hl7.org/fhir/R4/search.html#summary', {
    type: 'string',
    enum: ['true', 'text', 'data', 'count', 'false'],
  }),
  _elements: query('_elements', 'Elements of each resource, with commas between.'),
  _count: query('_count', 'Matches of a page.', { type: 'integer', minimum: 0 }),
  _sort: query('_sort', 'Search parameters to sort by, with commas between; `-` before one: downwards.'),
  '_sort-history': query('_sort', 'Newest or oldest first.', {
    type: 'string',
    enum: ['-_lastUpdated', '_lastUpdated'],
  }),
  _total: query('_total', 'Precision of `Bundle.total`.', { type: 'string', enum: ['none', 'estimate', 'accurate'] }),
  _include: query('_include', 'Adds what matches refer to, such as `Observation:subject`.', texts),
  _revinclude: query('_revinclude', 'Adds what refers to matches, such as `Provenance:target`.', texts),
  _has: query('_has', 'Criteria of resources that refer here: `_has:Observation:patient:code=1234-5`.', texts),
  _type: query('_type', 'Types to search, with commas between.'),
  criteria: {
    name: 'criteria',
    in: 'query',
    description: 'Search parameters of the type: `identifier=…`. They have to match one resource at most.',
    schema: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
  },
  _since: query('_since', 'Only versions made then or later.', { type: 'string', format: 'date-time' }),
  _at: query('_at', 'Only versions that were current at that time.'),
  'If-Match': header(
    'If-Match',
    'Only in the place of this version, `W/"3"`, of one of a list, or of any: `*`. 412 if another is current, or none.',
  ),
  'If-None-Match': header('If-None-Match', 'Reading: 304 if this version is current. Writing: `*` to create only.'),
  'If-Modified-Since': header('If-Modified-Since', '304 if nothing has changed since.'),
  'If-None-Exist': header('If-None-Exist', 'Criteria that no resource may match yet: `identifier=…`.'),
  'Idempotency-Key': header('Idempotency-Key', 'Repeats of the request with this key are carried out once.', {
    type: 'string',
    minLength: 1,
    maxLength: 255,
  }),
  Prefer: header('Prefer', 'Body of the answer (RFC 7240).', {
    type: 'string',
    examples: ['return=representation', 'return=minimal', 'return=OperationOutcome'],
  }),
  'Prefer-handling': header('Prefer', 'Treatment of criteria that are not offered.', {
    type: 'string',
    examples: ['handling=strict', 'handling=lenient'],
  }),
  'Cache-Control': header(
    'Cache-Control',
    '`max-stale=5`: the answer may be so many seconds old (RFC 9111). A standby may give it then.',
  ),
  'X-Purpose-Of-Use': header(
    'X-Purpose-Of-Use',
    'Purpose of the request, a code of v3-PurposeOfUse. Breaking the glass: `BTG; reason="…"`.',
  ),
  'X-Security-Context': header('X-Security-Context', 'Whose the content of the Binary is: `Patient/p1`.'),
} as const satisfies Readonly<Record<string, Parameter>>;

export type SharedParameter = keyof typeof sharedParameters;

export const shared = (...names: readonly SharedParameter[]): readonly Reference[] =>
  names.map((name) => ref('parameters', name));

/** Components of the statuses of refusals. */
const refused: Readonly<Record<string, Reference>> = {
  '304': ref('responses', 'NotModified'),
  '401': ref('responses', 'Unauthorized'),
  '403': ref('responses', 'Forbidden'),
  '404': ref('responses', 'NotFound'),
  '410': ref('responses', 'Gone'),
  '409': ref('responses', 'Conflict'),
  '412': ref('responses', 'PreconditionFailed'),
  '413': ref('responses', 'TooLarge'),
  '415': ref('responses', 'UnsupportedMediaType'),
  '422': ref('responses', 'Invalid'),
};

/** 401 and 403, these, and an OperationOutcome for every other. */
export const refusals = (...codes: readonly string[]): Operation['responses'] => ({
  ...Object.fromEntries(
    ['401', '403', ...codes].map((code) => {
      const found = refused[code];
      if (found === undefined) throw new Error(`No component for the status ${code}.`);
      return [code, found];
    }),
  ),
  default: ref('responses', 'Outcome'),
});

/** A resource in both forms of FHIR. XML has no JSON schema. */
export const fhirContent = (schema: Reference, example?: unknown): Content => ({
  'application/fhir+json': { schema: schema as unknown as Schema, ...(example !== undefined && { example }) },
  'application/fhir+xml': { schema: { type: 'string' } },
});
