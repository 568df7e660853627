#!/usr/bin/env -S MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=16
// @ts-check
import { existsSync } from 'node:fs';

// A package and an image have no sources, and nothing to build.
if (existsSync(new URL('../src', import.meta.url))) (await import('../scripts/ensure-built.mjs')).ensureBuilt();
// jwks-rsa requires this ES module. Node.js 24.21 refuses that (ERR_REQUIRE_ESM_RACE_CONDITION) while an import is still loading it.
await import('jose');
await import(new URL('../dist/cli/main.js', import.meta.url).href);
