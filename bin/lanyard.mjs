#!/usr/bin/env node
// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../scripts/ensure-built.mjs';
import { dist } from '../scripts/paths.mjs';

ensureBuilt();
await import(pathToFileURL(join(dist, 'cli/main.js')).href);
