// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';
import { dist } from './paths.mjs';

ensureBuilt();
await import(pathToFileURL(join(dist, 'main.js')).href);
