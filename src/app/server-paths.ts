import { pathsOf } from '../openapi/described-controller.js';
import { joinPaths, json, type Paths, ref } from '../openapi/document.js';
import { open } from '../openapi/security.js';
import { consolePaths } from '../console/console-paths.js';
import { ExtensionsController } from './extensions/extensions.controller.js';
import { HealthController } from './http/health.controller.js';
import { RootController } from './http/root.controller.js';

const text = { type: 'string' };
const state = (description: string) => ({
  description,
  content: json({ type: 'object', properties: { status: text }, additionalProperties: text }),
});

const objects = { type: 'array', items: { type: 'object' } };
const texts = { type: 'array', items: text };
const extensions = {
  type: 'object',
  required: ['since', 'extensions'],
  properties: {
    since: { type: 'string', format: 'date-time' },
    extensions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: text,
          version: text,
          operations: objects,
          hooks: objects,
          policies: objects,
          searchParameters: objects,
          parts: texts,
          settings: objects,
          migrations: texts,
          health: texts,
          commands: objects,
        },
      },
    },
  },
};

/** Probes of the process, for the OpenAPI document. */
export const healthPaths = (): Paths =>
  pathsOf(
    HealthController,
    { prefix: '', tag: 'Server' },
    {
      live: { summary: 'The process answers', responses: { '200': state('It does.') }, security: open },
      ready: {
        summary: 'The server can serve',
        responses: { '200': state('It can; `degraded`: a part of it does not.'), '503': state('It cannot.') },
        security: open,
      },
    },
  );

/** Routes of the server itself. */
export const serverPaths = (): Paths =>
  joinPaths([
    pathsOf(
      ExtensionsController,
      { prefix: '', tag: 'Server' },
      {
        extensions: {
          summary: 'List extensions with their calls, errors and times',
          description: 'Figures of the process that answers, since it started.',
          responses: {
            '200': { description: 'Extensions.', content: json(extensions) },
            default: ref('responses', 'OAuthFailed'),
          },
        },
      },
    ),
    consolePaths(),
    pathsOf(
      RootController,
      { prefix: '/', tag: 'Server' },
      {
        root: {
          summary: 'What this server is',
          responses: {
            '200': {
              description: 'Addresses of the documents; a page for browsers.',
              content: { ...json({ type: 'object' }), 'text/html': { schema: text } },
            },
          },
          security: open,
        },
      },
    ),
  ]);
