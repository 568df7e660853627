#!/usr/bin/env node
// @ts-check
import { existsSync } from 'node:fs';

// A package and an image have no sources, and nothing to build.
if (existsSync(new URL('../src', import.meta.url))) (await import('../scripts/ensure-built.mjs')).ensureBuilt();
await import(new URL('../dist/cli/main.js', import.meta.url).href);
