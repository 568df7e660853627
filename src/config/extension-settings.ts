import { z } from 'zod';
import { readSecretFiles, secretNames, type Variables } from './secrets/secret-files.js';
import { type SettingText, textOf } from './settings/setting.js';
import { settingsSchema } from './settings-schema.js';
import { describeIssue } from './checks/wrong-settings.js';

/** Settings of an extension: environment variables below a prefix of its own (docs/adr/0064-extensions-are-loaded-by-name.md). */
export interface ExtensionSettings<S extends z.ZodObject = z.ZodObject> {
  /** First words of each name, without the last underscore: `CARDIO`. */
  readonly prefix: string;
  /** Keys are whole names of variables, values are text: `CARDIO_LIMIT`. */
  readonly schema: S;
  /** Token of injection of the values. */
  readonly token: symbol;
}

/** Values of {@link ExtensionSettings}, as they are injected by its token. */
export type SettingsOf<T extends ExtensionSettings> = Readonly<z.output<T['schema']>>;

/** Settings with the names of `shape`, which begin with `prefix` and an underscore. */
export const extensionSettings = <S extends z.ZodRawShape>(
  prefix: string,
  shape: S,
): ExtensionSettings<z.ZodObject<S>> => ({ prefix, schema: z.object(shape), token: Symbol(`settings ${prefix}`) });

/** Settings, and the extension that declares them. */
export interface DeclaredSettings {
  readonly name: string;
  readonly settings: ExtensionSettings;
}

/** Texts of a setting; an extension may leave the example out, or say `describe` instead of the meaning. */
export function extensionTextOf(schema: z.ZodType): Partial<SettingText> {
  const { description, ...text } = (schema.meta() ?? {}) as Partial<SettingText> & { readonly description?: string };
  return { ...(description !== undefined && { meaning: description }), ...text };
}

/** Names of all settings that extensions declare, and of the files of secret ones. */
export const namesOf = (declared: readonly DeclaredSettings[]): readonly string[] =>
  declared.flatMap(({ settings }) => [...Object.keys(settings.schema.shape), ...secretsOf(settings).map(fileOf)]);

/** Returns the values by token; what is wrong becomes a line in `wrong`. */
export function readExtensionSettings(
  declared: readonly DeclaredSettings[],
  variables: Variables,
  wrong: string[],
): ReadonlyMap<symbol, object> {
  const values = new Map<symbol, object>();
  for (const { name, settings } of declared) {
    const given = readSecretFiles(variables, wrong, secretsOf(settings));
    const read = Object.fromEntries(
      Object.keys(settings.schema.shape).flatMap((key) => (given[key] ? [[key, given[key]]] : [])),
    );
    try {
      const { data, error } = settings.schema.safeParse(read);
      if (data) values.set(settings.token, Object.freeze(data));
      else wrong.push(...error.issues.map((issue) => describeIssue(issue, read, sourceOf(settings))));
    } catch (error) {
      wrong.push(`${settings.prefix}: the settings of ${name} cannot be read (${(error as Error).message}).`);
    }
  }
  return values;
}

/** For each of the declared, lines about prefixes and names that clash, with ours or among each other. */
export function clashes(declared: readonly DeclaredSettings[]): readonly (readonly string[])[] {
  return declared.map((one, i) => {
    const { name, settings } = one;
    const faults = prefixFaults(settings);
    const other = declared.slice(0, i).find((earlier) => overlap(earlier.settings.prefix, settings.prefix));
    if (other)
      faults.push(`has settings below ${settings.prefix}, as ${other.name} has: choose a prefix that no other has`);
    return faults.map((fault) => `EXTENSIONS: ${name} ${fault}.`);
  });
}

function prefixFaults({ prefix, schema }: ExtensionSettings): string[] {
  if (!/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(prefix))
    return [`has settings below "${prefix}": a prefix has capitals, digits and single underscores, such as CARDIO`];
  const [ours] = ownNames.filter((known) => overlap(firstWord(known), prefix));
  if (ours !== undefined) return [`has settings below ${prefix}, as the server has (${ours}): choose another prefix`];
  return Object.keys(schema.shape)
    .filter((key) => !key.startsWith(`${prefix}_`))
    .map((key) => `has the setting ${key}: call it ${prefix}_${key}`);
}

const ownNames = [...Object.keys(settingsSchema.shape), 'LANYARD', 'OTEL', 'PG', 'NPM'];
const firstWord = (name: string): string => name.split('_')[0] ?? name;
const overlap = (one: string, other: string): boolean =>
  `${one}_`.startsWith(`${other}_`) || `${other}_`.startsWith(`${one}_`);
const fileOf = (name: string): string => `${name}_FILE`;

const secretsOf = ({ schema }: ExtensionSettings): readonly string[] =>
  Object.entries(schema.shape).flatMap(([name, one]) => (extensionTextOf(one).secret === true ? [name] : []));

/** Names of our own settings and their texts, for {@link describeIssue}. */
export const ownSource = {
  isSecret: (name: string): boolean => (secretNames as readonly string[]).includes(name),
  exampleOf: (name: string): string | undefined =>
    textOf(settingsSchema.shape[name as keyof typeof settingsSchema.shape]).example,
};

function sourceOf(settings: ExtensionSettings): typeof ownSource {
  const secrets = secretsOf(settings);
  return {
    isSecret: (name) => secrets.includes(name),
    exampleOf: (name) => {
      const schema = settings.schema.shape[name];
      return schema && extensionTextOf(schema).example;
    },
  };
}
