import { existsSync } from 'node:fs';
import type { Variables } from './secrets/secret-files.js';

/** The only place that reads `process.env`. A `.env` file counts in development, below the real variables. */
export function readEnvironment(): Variables {
  if (process.env['NODE_ENV'] !== 'production' && existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
