import type { z } from 'zod';
import { secretNames, type Variables } from './secrets/secret-files.js';
import { textOf } from './settings/setting.js';
import { settingTasks } from './settings-schema.js';

/** A setting as administrators see it. */
export interface ShownSetting {
  readonly name: string;
  /** Group of the setting, as in docs/settings.md. */
  readonly task: string;
  /** False: nobody has set it, and what it is without that counts. */
  readonly isSet: boolean;
  /** As it was set, or as it is without; absent where it is not shown. */
  readonly value?: string;
  /** In words, where nobody has set it and no value says it. */
  readonly unset?: string;
  /** True: the value has or may have a secret in it, and is told to nobody. */
  readonly isSecret: boolean;
  /** Of a tenant alone: true where it has the setting of its own, false where that of the process counts (docs/adr/0193). */
  readonly isOwn?: boolean;
}

const secrets: ReadonlySet<string> = new Set(secretNames);
/** Addresses with a name or password before the host. */
const credentials = /\/\/[^/?#\s]*@/;

/** Every setting of the server, those of extensions apart, in the order of the documentation. */
export const shownSettings = (variables: Variables): readonly ShownSetting[] =>
  Object.entries(settingTasks).flatMap(([task, settings]) =>
    Object.entries(settings).map(([name, schema]) => ({ name, task, ...shown(name, schema, variables) })),
  );

function shown(name: string, schema: z.ZodType, variables: Variables): Omit<ShownSetting, 'name' | 'task'> {
  const given = variables[name] === '' ? undefined : variables[name];
  const isSet = given !== undefined || (secrets.has(name) && Boolean(variables[`${name}_FILE`]));
  const isSecret = secrets.has(name) || (given !== undefined && credentials.test(given));
  if (isSecret) return { isSet, isSecret };
  if (given !== undefined) return { isSet, isSecret, value: withoutData(given) };
  return { isSet, isSecret, ...unsetOf(schema) };
}

/** A `data:` URL, such as a logo, without its content. */
export const withoutData = (text: string): string => (text.startsWith('data:') ? text.replace(/,.*$/s, ',…') : text);

/** Value without the setting: a value, or words of the documentation. */
function unsetOf(schema: z.ZodType): Pick<ShownSetting, 'value' | 'unset'> {
  const { default: words } = textOf(schema);
  if (words !== undefined) return { unset: words };
  const { data } = schema.safeParse(undefined);
  if (typeof data === 'boolean') return { value: data ? 'on' : 'off' };
  return typeof data === 'string' || typeof data === 'number' ? { value: String(data) } : {};
}
