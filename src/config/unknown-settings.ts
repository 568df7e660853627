import { nearest } from '../r4/model/nearest.js';
import { secretNames, type Variables } from './secret-files.js';
import { settingsSchema } from './settings-schema.js';

/** Returns a line for each variable that looks like a setting but has no effect; ignores those of other programs. */
export function unknownSettings(variables: Variables, ofExtensions: readonly string[] = []): string[] {
  const own = Object.keys(settingsSchema.shape);
  const known = new Set([...own, ...secretNames.map((name) => `${name}_FILE`), ...ofExtensions]);
  return Object.keys(variables)
    .filter((name) => variables[name] && !known.has(name))
    .flatMap((name) => {
      const meant = nearest(name, known);
      return meant === undefined ? [] : [`${name} has no effect. Was ${meant} meant?`];
    });
}
