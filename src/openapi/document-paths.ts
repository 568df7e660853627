import { pathsOf } from './described-controller.js';
import { joinPaths, json, type Parameter, type Paths, ref } from './document.js';
import { OpenApiController } from './openapi.controller.js';
import { ApiPageController } from './page/api-page.controller.js';
import { open } from './security.js';

const place = { prefix: '', tag: 'Documents' };
const type = (description: string): Parameter => ({
  name: 'type',
  in: 'query',
  description,
  schema: { type: 'string' },
});

/** The document itself, and its page. */
export const documentPaths = (): Paths =>
  joinPaths([
    pathsOf(OpenApiController, place, {
      document: {
        summary: 'This document',
        parameters: [
          type('Types whose routes it has, with commas between; all without it.'),
          {
            name: 'schemas',
            in: 'query',
            description: '`plain`: resources without their elements.',
            schema: { type: 'string', enum: ['plain', 'full'] },
          },
          ref('parameters', 'If-None-Match'),
        ],
        responses: {
          '200': { description: 'OpenAPI 3.1.', content: json({ type: 'object' }) },
          '304': ref('responses', 'NotModified'),
          '400': ref('responses', 'Outcome'),
          '503': ref('responses', 'Outcome'),
        },
        security: open,
      },
    }),
    pathsOf(ApiPageController, place, {
      page: {
        summary: 'This document for people',
        parameters: [type('The type whose routes it shows.')],
        responses: { '200': { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } } },
        security: open,
      },
      file: { undescribed: 'files of the page' },
    }),
  ]);
