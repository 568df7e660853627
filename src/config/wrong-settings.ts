import type { z } from 'zod';
import { membersAt } from './json-members.js';
import { StartRefused } from './start-refused.js';
import { secretNames, type Variables } from './secret-files.js';
import { factOf, placeIn } from './setting-issue.js';
import { textOf } from './settings/setting.js';
import { type SettingName, settingsSchema } from './settings-schema.js';

/** Wrong settings, a line for each: the variable, what is wrong, an example. */
export class WrongSettings extends StartRefused {}

export function describeIssue(issue: z.core.$ZodIssue, variables: Variables): string {
  const [name, ...inside] = issue.path;
  const setting = name as SettingName;
  const place = placeIn(inside);
  const isSecret = (secretNames as readonly string[]).includes(setting);
  const value = isSecret ? '' : ` (it is ${JSON.stringify(variables[setting])})`;
  const line = `${setting}:${place && ` ${place}`} ${factOf(issue, membersAt(setting, inside.map(String)))}${value}. Example: ${setting}=${textOf(settingsSchema.shape[setting]).example}`;
  return line.replace(/\s+/g, ' ');
}
