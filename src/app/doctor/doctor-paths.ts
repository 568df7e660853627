import { CandidateController } from './candidate.controller.js';
import { DoctorController } from './doctor.controller.js';
import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref } from '../../openapi/document.js';

const text = { type: 'string' };
const finding = {
  type: 'object',
  required: ['group', 'title', 'check', 'status', 'key', 'values', 'fact'],
  properties: {
    group: text,
    title: { ...text, description: 'Name of the group, in the language of the answer.' },
    check: text,
    status: { type: 'string', enum: ['ok', 'warning', 'failed', 'skipped'] },
    key: { ...text, description: 'Names the sentence in all languages.' },
    values: {
      type: 'object',
      description: 'Texts and numbers of the sentence; a part with words of its own has key and values again.',
      additionalProperties: true,
    },
    fact: { ...text, description: 'In the language of the answer: English or German, by Accept-Language.' },
    setting: {
      ...text,
      description: 'The setting that names the subject, such as TRUSTED_ISSUERS: what can be changed here.',
    },
    cure: { ...text, description: 'In the language of the answer; there if something is wrong.' },
  },
};
const findings = { type: 'array', items: finding };
const failed = { default: ref('responses', 'OAuthFailed') };

/** Body that names what is looked at. */
const named = (member: string, more: Readonly<Record<string, object>> = {}) => ({
  required: true,
  content: json({
    type: 'object',
    properties: { [member]: text, ...more },
    required: [member],
    additionalProperties: false,
  }),
});

const candidate = (description: string) => ({
  '200': {
    description,
    content: json({
      type: 'object',
      required: ['findings'],
      properties: { findings, published: { type: 'object', additionalProperties: text } },
    }),
  },
  ...failed,
});

/** The doctor over HTTP, for the OpenAPI document. */
export const doctorPaths = (): Paths =>
  pathsOf(
    DoctorController,
    { prefix: '', tag: 'Server' },
    {
      examine: {
        summary: 'Look at everything that the server depends on',
        description:
          'As `lanyard doctor`: settings, database, addresses, issuers; at a tenant what is its own. It changes nothing; a look counts for ten seconds.',
        responses: {
          '200': {
            description: 'Findings, each with its cure.',
            content: json({
              type: 'object',
              required: ['healthy', 'at', 'findings'],
              properties: { healthy: { type: 'boolean' }, at: { type: 'string', format: 'date-time' }, findings },
            }),
          },
          ...failed,
        },
      },
    },
  );

/** Looks at other servers; the OpenAPI document of `default` alone has them. */
export const candidatePaths = (): Paths =>
  pathsOf(
    CandidateController,
    { prefix: '', tag: 'Server' },
    {
      examineIssuer: {
        summary: 'Look at an authorization server before it is trusted',
        description:
          'Its metadata, keys and clock. Addresses inside networks are not asked unless JWKS_ALLOW_PRIVATE or a setting names their host.',
        requestBody: named('issuer', { algorithms: { type: 'array', items: text } }),
        responses: candidate('Findings, and the addresses that its metadata names.'),
      },
      examineFhirServer: {
        summary: 'Look at another FHIR server',
        description:
          'Its /metadata and smart-configuration, and the issuer that this names. Bounded as a look at an authorization server is.',
        requestBody: named('base'),
        responses: candidate(
          'Findings, and what it publishes: `base`, `fhirVersion`, `software`, and addresses by name.',
        ),
      },
    },
  );
