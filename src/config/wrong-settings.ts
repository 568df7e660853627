import type { z } from 'zod';
import { membersAt } from './json-members.js';
import { StartRefused } from './start-refused.js';
import { secretNames, type Variables } from './secret-files.js';
import { textOf } from './settings/setting.js';
import { type SettingName, settingsSchema } from './settings-schema.js';

/** Wrong settings, a line for each: the variable, what is wrong, an example. */
export class WrongSettings extends StartRefused {}

export function describeIssue(issue: z.core.$ZodIssue, variables: Variables): string {
  const [name, ...inside] = issue.path.map(String);
  const setting = name as SettingName;
  const place = inside.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('');
  const isSecret = (secretNames as readonly string[]).includes(setting);
  const value = isSecret ? '' : ` (it is ${JSON.stringify(variables[setting])})`;
  const line = `${setting}:${place && ` ${place}`} ${factOf(issue, setting, inside)}${value}. Example: ${setting}=${textOf(settingsSchema.shape[setting]).example}`;
  return line.replace(/\s+/g, ' ');
}

function factOf(issue: z.core.$ZodIssue, setting: string, inside: readonly string[]): string {
  if (issue.code === 'unrecognized_keys') {
    const known = membersAt(setting, inside);
    const listed = known.length === 0 ? '' : `; known are ${known.join(', ')}`;
    return `has an unknown member ${issue.keys.map((key) => `"${key}"`).join(', ')}${listed}`;
  }
  if (issue.code === 'invalid_union') return 'must be text or a list of texts';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_type')
    return issue.message.endsWith('undefined') ? 'is missing' : `must be ${issue.expected}`;
  return issue.message;
}
