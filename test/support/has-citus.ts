import { existsSync } from 'node:fs';

/** Citus is there for Debian's PostgreSQL 17; `.ci/run` builds it where it can. */
export const hasCitus = existsSync('/usr/share/postgresql/17/extension/citus.control');
