import { FhirError } from '../../r4/errors/fhir-error.js';
import { CommandFailed } from '../command-failed.js';
import type { Declared } from './declarations.js';

export interface Named {
  readonly name: string;
}

/** Throws with all that is wrong with any entry, and where two have one name. */
export async function readAll<T extends Named>(
  declared: readonly Declared[],
  read: (form: unknown) => T | Promise<T>,
): Promise<readonly T[]> {
  const problems: string[] = [];
  const found: T[] = [];
  for (const { place, form } of declared) {
    try {
      found.push(await read(form));
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      problems.push(...error.issues.map(({ diagnostics }) => `${place}: ${diagnostics}`));
    }
  }
  if (problems.length > 0) throw new CommandFailed(problems);
  requireDifferent(
    found.map(({ name }) => name),
    declared,
  );
  return found;
}

export function requireDifferent(names: readonly string[], declared: readonly Declared[]): void {
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice === -1) return;
  const first = declared[names.indexOf(names[twice] ?? '')]?.place;
  throw new CommandFailed([`${declared[twice]?.place}: "${names[twice]}" is declared already, in ${first}.`]);
}
