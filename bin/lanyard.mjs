#!/usr/bin/env -S MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=16
// @ts-check
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// A package and an image have no sources, and nothing to build.
if (existsSync(new URL('../src', import.meta.url))) (await import('../scripts/ensure-built.mjs')).ensureBuilt();
// From Node.js 22 on, what V8 has compiled is kept beside the program, where that may be written (docs/adr/0178).
module.enableCompileCache?.(fileURLToPath(new URL('../dist/.compiled', import.meta.url)));
// jwks-rsa requires this ES module. Node.js 24.21 refuses that (ERR_REQUIRE_ESM_RACE_CONDITION) while an import is still loading it.
await import('jose');
await import(new URL('../dist/cli/main.js', import.meta.url).href);
