import type { TestProject } from 'vitest/node';
import { ensureConsole } from '../../scripts/ensure-built.mjs';
import * as own from '../support/global-setup.js';

const given = process.env['MUTATION_POSTGRES'];

/** The PostgreSQL that the runner of all mutations has started, or one of its own: then migrations are mutated too. */
export async function setup(project: TestProject): Promise<void> {
  if (given === undefined) return own.setup(project);
  ensureConsole();
  project.provide('postgres', JSON.parse(given) as own.TestPostgres);
}

export const teardown = own.teardown;
