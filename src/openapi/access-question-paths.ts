import { ClientAccessController, UserAccessController } from '../oauth2/clients/admin/access.controllers.js';
import { type Described, pathsOf } from './described-controller.js';
import { joinPaths, json, type Parameter, type Paths, ref, type Schema } from './document.js';

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const number = { type: 'integer' };
const required = (properties: Readonly<Record<string, Schema>>, names = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required: names,
});

const scope: Parameter = {
  name: 'scope',
  in: 'query',
  description: 'Scopes that the token would be asked with, between spaces; all that there can be by default.',
  schema: text,
};
const client: Parameter = {
  name: 'client',
  in: 'query',
  description: 'Id of the client that the user would use; the token of a login by default.',
  schema: text,
};

const sightOfType = required(
  {
    type: text,
    yours: { ...number, description: 'Rows that the caller is shown, those looked at.' },
    isPart: { type: 'boolean', description: 'There are more than were looked at.' },
    shown: { ...number, description: 'Of these, rows that would be shown.' },
    way: { type: 'string', enum: ['search', 'read', 'none'] },
    withheld: { type: 'object', additionalProperties: number, description: 'Rows by what keeps them back.' },
    scopes: texts,
    reach: texts,
    policies: texts,
    refusals: texts,
    words: text,
  },
  ['type', 'yours', 'shown', 'way', 'withheld', 'scopes', 'reach', 'policies', 'refusals', 'words'],
);

const sight = required(
  {
    patient: text,
    user: text,
    client: text,
    inContext: { type: 'boolean', description: 'The token would be for this patient.' },
    clearance: text,
    consent: text,
    mayBreakGlass: { type: 'boolean' },
    leftOut: { type: 'array', items: required({ scope: text, why: text }) },
    types: { type: 'array', items: sightOfType },
    untold: { ...texts, description: 'Types that the caller may not search and read.' },
    notLookedAt: texts,
  },
  ['patient', 'clearance', 'consent', 'mayBreakGlass', 'leftOut', 'types', 'untold', 'notLookedAt'],
);

const told = (description: string, schema: Schema): Described['responses'] => ({
  '200': { description, content: json(schema) },
  default: ref('responses', 'OAuthFailed'),
});

const matrix = (of: string, rights: string, parameters: readonly Parameter[]): Described => ({
  summary: `What a ${of} may do`,
  description: `The answer of $my-access for the token that the ${of} would get, as Parameters. No token is made. Needs ${rights}. Audited.`,
  parameters,
  responses: told('Permissions by type.', required({ resourceType: text, parameter: { type: 'array', items: {} } })),
});

const record = (of: string, rights: string, parameters: readonly Parameter[]): Described => ({
  summary: `What a ${of} would be shown of a patient`,
  description: `Counts by type, among the rows that the caller is shown, and what keeps the others back. Needs ${rights}, and sight of the patient. Audited.`,
  parameters,
  responses: told('Counts by type.', sight),
});

/** Questions about the access of others (docs/adr/0140). */
export const accessQuestionPaths = (prefix: string): Paths =>
  joinPaths([
    pathsOf(
      UserAccessController,
      { prefix, tag: 'Users' },
      {
        matrix: matrix('user', 'admin/Policy.r too, and admin/Client.r for a client', [client, scope]),
        record: record('user', 'admin/Policy.r and admin/Audit.r too, and admin/Client.r for a client', [
          client,
          scope,
        ]),
      },
    ),
    pathsOf(
      ClientAccessController,
      { prefix, tag: 'Clients' },
      {
        matrix: matrix('client', 'admin/Policy.r too', [scope]),
        record: record('client', 'admin/Policy.r and admin/Audit.r too', [scope]),
      },
    ),
  ]);
