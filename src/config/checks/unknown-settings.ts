import { nearest } from '../../r4/model/nearest.js';
import { secretNames, type Variables } from '../secrets/secret-files.js';
import { settingsSchema } from '../settings-schema.js';

/** A variable that looks like a setting and has no effect. */
export interface UnknownSetting {
  readonly name: string;
  /** The setting of the nearest name. */
  readonly meant: string;
}

/** Finds the variables that look like settings but have no effect; ignores those of other programs. */
export function unknownSettings(variables: Variables, ofExtensions: readonly string[] = []): readonly UnknownSetting[] {
  const own = Object.keys(settingsSchema.shape);
  const known = new Set([...own, ...secretNames.map((name) => `${name}_FILE`), ...ofExtensions]);
  return Object.keys(variables)
    .filter((name) => variables[name] && !known.has(name))
    .flatMap((name) => {
      const meant = nearest(name, known);
      return meant === undefined ? [] : [{ name, meant }];
    });
}
