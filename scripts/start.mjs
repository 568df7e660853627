// @ts-check
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';
import { compiled, dist } from './paths.mjs';

ensureBuilt();
// As `lanyard` does (docs/adr/0178).
module.enableCompileCache?.(compiled);
await import(pathToFileURL(join(dist, 'main.js')).href);
