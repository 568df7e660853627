import {
  PoliciesController,
  PolicyGroupsController,
  PolicySchemaController,
} from '../oauth2/clients/admin/policies.controller.js';
import { PolicyTrialsController, trialForm } from '../oauth2/clients/admin/policy-trials.controller.js';
import { groupForm, policyForm } from '../scope/policies/read-stored-policy.js';
import { body, done, list, object, text, texts, told } from './administration-parts.js';
import { pathsOf } from './described-controller.js';
import { joinPaths, type Parameter, type Paths } from './document.js';
import { open } from './security.js';

const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description: 'Only in the place of this version.',
  schema: text,
};

const policy = object({ name: text, description: text, version: { type: 'integer' } });
const group = object({ name: text, members: texts });
const versions = list('versions', object({ version: { type: 'integer' }, changedBy: text, changedAt: text }));

const counted = object({ shapes: { type: 'integer' }, requests: { type: 'integer' } });
const effects = ['refused', 'permitted', 'fewer', 'more', 'other'];
const triedExample = object(
  {
    effect: { type: 'string', enum: effects },
    words: text,
    user: text,
    client: text,
    request: text,
    scopes: texts,
    types: texts,
    reasons: texts,
    seen: { type: 'integer' },
    lastSeen: { type: 'string', format: 'date-time' },
  },
  ['effect', 'words', 'request', 'scopes', 'types', 'reasons', 'seen', 'lastSeen'],
);
const trial = object(
  {
    tried: object(
      {
        shapes: { type: 'integer' },
        requests: { type: 'integer' },
        failed: { type: 'integer' },
        since: { type: 'string', format: 'date-time' },
        isFull: { type: 'boolean', description: 'There are as many as are kept: those seen before are not known.' },
        leftOut: { type: 'integer', description: 'Seen longest ago, and not tried: one trial does no more work.' },
      },
      ['shapes', 'requests', 'failed'],
    ),
    changes: object(Object.fromEntries(effects.map((effect) => [effect, counted]))),
    examples: { type: 'array', items: triedExample },
    notes: texts,
    lockedOut: text,
  },
  ['tried', 'changes', 'examples', 'notes'],
);

const trialPaths = (prefix: string): Paths =>
  pathsOf(
    PolicyTrialsController,
    { prefix, tag: 'Policies' },
    {
      try: {
        summary: 'Try policies before they count',
        description:
          'Decides the shapes of requests that were seen lately again, with the policies as they are and with those of the body, and says what would change. Nothing is stored. `lockedOut`: why a PUT would be refused.',
        requestBody: body(trialForm),
        responses: told('What would change.', trial),
      },
    },
  );

const schemaPaths = (prefix: string): Paths =>
  pathsOf(
    PolicySchemaController,
    { prefix, tag: 'Policies' },
    {
      read: {
        summary: 'The form of a policy',
        description: 'JSON Schema (2020-12), for editors and checks before a policy is sent.',
        security: open,
        responses: {
          '200': {
            description: 'The schema.',
            content: { 'application/schema+json': { schema: { type: 'object' } } },
          },
        },
      },
    },
  );

/** Policies, groups that they are for, and trials of both. */
export const policyPaths = (prefix: string): Paths =>
  joinPaths([
    trialPaths(prefix),
    pathsOf(
      PoliciesController,
      { prefix, tag: 'Policies' },
      {
        list: { summary: 'List policies', responses: told('Policies.', list('policies', policy)) },
        read: { summary: 'Read a policy', responses: told('The policy.', policy) },
        history: { summary: 'Versions of a policy', responses: told('Versions.', versions) },
        put: {
          summary: 'Write a policy',
          parameters: [ifMatch],
          requestBody: body(policyForm.partial({ name: true })),
          responses: told('The policy.', policy),
        },
        remove: { summary: 'Remove a policy', responses: done },
      },
    ),
    schemaPaths(prefix),
    pathsOf(
      PolicyGroupsController,
      { prefix, tag: 'Policies' },
      {
        list: { summary: 'List groups', responses: told('Groups.', list('groups', group)) },
        history: { summary: 'Versions of a group', responses: told('Versions.', versions) },
        put: {
          summary: 'Write a group',
          requestBody: body(groupForm.partial({ name: true })),
          responses: told('The group.', group),
        },
        remove: { summary: 'Remove a group', responses: done },
      },
    ),
  ]);
