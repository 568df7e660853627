import type { z } from 'zod';
import { membersAt } from '../json-members.js';
import { StartRefused } from './start-refused.js';
import type { Variables } from '../secrets/secret-files.js';
import { factOf, placeIn } from './setting-issue.js';

/** Wrong settings, a line for each: the variable, what is wrong, an example. */
export class WrongSettings extends StartRefused {}

/** The settings of the server, or of an extension. */
export interface SettingSource {
  isSecret(name: string): boolean;
  exampleOf(name: string): string | undefined;
}

export function describeIssue(issue: z.core.$ZodIssue, variables: Variables, source: SettingSource): string {
  const [first = '', ...inside] = issue.path;
  const name = String(first);
  const place = placeIn(inside);
  const given = variables[name];
  const value = source.isSecret(name) ? '' : ` (it is ${JSON.stringify(given)})`;
  const example = source.exampleOf(name);
  const fact =
    given === undefined && place === ''
      ? 'is missing'
      : `${factOf(issue, membersAt(name, inside.map(String)))}${value}`;
  const line = `${name}:${place && ` ${place}`} ${fact}.${example === undefined ? '' : ` Example: ${name}=${example}`}`;
  return line.replace(/\s+/g, ' ');
}
