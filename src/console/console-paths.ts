import { ConsoleController } from './console.controller.js';
import { pathsOf } from '../openapi/described-controller.js';
import type { Paths } from '../openapi/document.js';
import { open } from '../openapi/security.js';

/** The console, for the OpenAPI document: its files are no API. */
export const consolePaths = (): Paths =>
  pathsOf(
    ConsoleController,
    { prefix: '', tag: 'Server' },
    {
      root: {
        summary: 'The web console',
        responses: {
          '200': { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } },
          '404': { description: 'It is off.' },
        },
        security: open,
      },
      config: { undescribed: 'a file of the console' },
      licences: { undescribed: 'a file of the console' },
      billOfMaterials: { undescribed: 'a file of the console' },
      asset: { undescribed: 'files of the console' },
      page: { undescribed: 'its pages' },
    },
  );
