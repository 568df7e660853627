import { expect, it } from 'vitest';
import type { z } from 'zod';
import { textOf } from './settings/setting.js';
import { settingsSchema, settingTasks } from './settings-schema.js';

const heading = `# Settings

Environment variables. A \`.env\` file is read in development. Each secret can also come from a file: \`NAME_FILE\`. A wrong
setting stops the start with one line that names the variable, what is wrong, and an example. \`lanyard doctor\` tells which
settings go badly together. A tenant may have [some of its own](tenants.md#settings-of-its-own).
`;

/** Default of the schema, as it stands in the environment: `on` for true. */
function unset(schema: z.ZodType): string {
  const { data } = schema.safeParse(undefined);
  if (typeof data === 'boolean') return data ? '`on`' : '`off`';
  return typeof data === 'string' || typeof data === 'number' ? `\`${data}\`` : 'none';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function page(): string {
  const sections = Object.entries(settingTasks).map(([task, settings]) => {
    const rows = Object.entries(settings).map(([name, schema]) => {
      const { meaning, default: text = unset(schema), example } = textOf(schema);
      return `| \`${name}\` | ${cell(text)} | ${cell(meaning)} | \`${cell(example)}\` |`;
    });
    return ['', `## ${task}`, '', '| variable | without it | meaning | example |', '|---|---|---|---|', ...rows].join(
      '\n',
    );
  });
  return `${[heading.trimEnd(), ...sections].join('\n')}\n`;
}

it('has every setting under one task', () => {
  const names = Object.values(settingTasks).flatMap((settings) => Object.keys(settings));
  expect(names.toSorted()).toEqual(Object.keys(settingsSchema.shape).toSorted());
  expect(new Set(names).size).toBe(names.length);
});

// `npx vitest run --project unit settings-page -u` writes the page anew.
it('is told in docs/settings.md as the schema says it', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/settings.md');
});
