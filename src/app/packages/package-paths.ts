import { PackagesController, namedPackage } from './packages.controller.js';
import { z } from 'zod';
import { pathsOf } from '../../openapi/described-controller.js';
import { json, type Paths, ref, type Schema } from '../../openapi/document.js';

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const count = { type: 'integer' };
const object = (properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
});
const problems = {
  type: 'array',
  items: object(
    {
      fact: { ...text, description: 'In the language of the answer: English or German, by Accept-Language.' },
      key: {
        ...text,
        description: 'Names the sentence in all languages. Absent: it was stored before there were keys.',
      },
      values: { type: 'object', additionalProperties: text },
    },
    ['fact'],
  ),
};
const unresolved = object({ count, examples: texts });
const listed: Schema = object(
  {
    name: text,
    version: text,
    title: text,
    definitions: count,
    installedAt: { type: 'string', format: 'date-time' },
    installedBy: text,
    dependencies: texts,
    problems,
  },
  ['name', 'version', 'definitions', 'installedAt', 'installedBy', 'dependencies', 'problems'],
);
const planned: Readonly<Record<string, Schema>> = {
  package: text,
  state: { type: 'string', enum: ['new', 'installed', 'other content'] },
  definitions: count,
  types: { type: 'object', additionalProperties: count },
  replaced: texts,
  conflicts: texts,
  dependencies: {
    type: 'array',
    items: object(
      {
        name: text,
        version: text,
        state: { type: 'string', enum: ['built in', 'installed', 'given', 'missing'] },
        missing: unresolved,
      },
      ['name', 'version', 'state'],
    ),
  },
  unresolved,
  problems,
};
const verdicts = object({
  judged: { type: 'string', enum: ['sample', 'all'] },
  checked: count,
  becomeInvalid: count,
  suppressed: { ...count, description: 'Errors after the installation that suppression rules let pass.' },
  profiles: {
    type: 'array',
    items: object({
      type: text,
      profile: text,
      checked: count,
      becomeInvalid: count,
      stayInvalid: count,
      becomeValid: count,
      examples: {
        type: 'array',
        items: object(
          {
            reference: text,
            findings: { type: 'array', items: object({ code: text, expression: text, asked: text }) },
          },
          ['findings'],
        ),
      },
    }),
  },
});
const sent = {
  required: true,
  content: {
    ...json(JSON.parse(JSON.stringify(z.toJSONSchema(namedPackage, { io: 'input' }))) as Schema),
    'application/gzip': { schema: { type: 'string', format: 'binary' } },
  },
};
const told = (description: string, schema: Schema, status = '200') => ({
  [status]: { description, content: json(schema) },
  default: ref('responses', 'OAuthFailed'),
});

/** Routes of packages, for the OpenAPI document. */
export const packagePaths = (): Paths =>
  pathsOf(
    PackagesController,
    { prefix: '', tag: 'Packages' },
    {
      list: {
        summary: 'List installed packages',
        responses: told('Packages.', object({ packages: { type: 'array', items: listed } })),
      },
      install: {
        summary: 'Install a FHIR package',
        description: 'The archive itself, or the name of one in the folder PACKAGES of the server. Nothing is fetched.',
        parameters: [
          {
            name: 'strict',
            in: 'query',
            description: 'true: refuse a package of which a dependency is missing or a definition is left out.',
            schema: { type: 'boolean', default: false },
          },
        ],
        requestBody: sent,
        responses: told('What was installed.', object({ ...planned, notOffered: texts }), '201'),
      },
      plan: {
        summary: 'Tell what an installation would change',
        description:
          'With resources, stored resources that claim a profile are judged too: counts by the suppression rules in force, and examples without values; a reference stands with those that the caller may read. One plan of a caller, and two of all, are made at once; another one is 429.',
        parameters: [
          {
            name: 'resources',
            in: 'query',
            description:
              'sample or sample:N: up to N (100; 20 unless said) resources of each type. All are judged by the command.',
            schema: { type: 'string', default: 'none', pattern: '^(?:none|sample(?::[1-9][0-9]{0,2})?)$' },
          },
        ],
        requestBody: sent,
        responses: told('What would change.', object({ ...planned, resources: verdicts }, Object.keys(planned))),
      },
      read: { summary: 'Read an installed package', responses: told('The package.', listed) },
      remove: {
        summary: 'Remove a package and its definitions',
        responses: { '204': { description: 'Done.' }, default: ref('responses', 'OAuthFailed') },
      },
    },
  );
