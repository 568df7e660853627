import type { z } from 'zod';

/** Texts about a setting. */
export interface SettingText {
  /** A right value, as it stands after `NAME=` in a shell. */
  readonly example: string;
  /** Markdown; links are relative to `docs/`. */
  readonly meaning: string;
  /** Default, where the schema does not say it: Markdown. */
  readonly default?: string;
  /** Of an extension's setting: its value is not shown, and it may come from a file (`NAME_FILE`). */
  readonly secret?: boolean;
}

/** Adds the text to a setting; it has to come last, since zod keeps it with this very object. */
export const setting = <T extends z.ZodType>(schema: T, text: SettingText): T => schema.meta({ ...text });

/** The text of a {@link setting}. */
export function textOf(schema: z.ZodType): SettingText {
  const { example, meaning, default: unset } = (schema.meta() ?? {}) as Partial<SettingText>;
  if (example === undefined || meaning === undefined) throw new Error('A setting without its text.');
  return { example, meaning, ...(unset !== undefined && { default: unset }) };
}
