import { expect, it } from 'vitest';
import { entryOf, type JsonMember } from './json-members.js';
import { loginProviders } from './foreign/login-provider.js';
import { trustedIssuers } from './foreign/trusted-issuer.js';

const heading = `# Members of TRUSTED_ISSUERS and LOGIN_PROVIDERS

Both [settings](settings.md) are JSON, or \`@file.json\`: a list with one object for each authorization server. A member that is unknown, missing or
wrong stops the start with one line that names it, and the known ones. [Recipes](identity-providers/README.md) show whole entries.
`;

const names: ReadonlyMap<string | undefined, string> = new Map([
  ['array', 'list of texts'],
  ['object', 'object'],
  ['boolean', '`true`, `false`'],
  ['integer', 'integer'],
]);

const typeOf = ({ type, enum: values, anyOf, items, properties }: JsonMember): string => {
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  if (anyOf) return 'text, or a list of texts';
  if (items?.enum) return `list of ${typeOf(items)}`;
  if (type === 'object' && !properties) return 'object of texts';
  return names.get(type) ?? 'text';
};

/** Stands for a secret, which has to be given in one of two ways. */
const secret = 'a secret';
const asking = { clientId: 'a', clientSecret: secret };

/** What the schema makes of entries that have nothing but what has to be there. */
const bare: Readonly<Record<string, unknown>> = {
  TRUSTED_ISSUERS: trustedIssuers.parse([{ issuer: 'https://idp.example', introspection: asking }])[0],
  LOGIN_PROVIDERS: loginProviders.parse([{ id: 'a', name: 'a', issuer: 'https://idp.example', clientId: 'a' }])[0],
};

function valueAt(setting: string, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], bare[setting]);
}

function unset(value: unknown, { properties }: JsonMember, isRequired: boolean): string {
  if (isRequired) return 'has to be there';
  if (properties) return '';
  if (value === undefined || value === '' || value === secret || JSON.stringify(value) === '{}') return '';
  return `\`${JSON.stringify(value)}\``;
}

function rows(setting: string, entry: JsonMember, prefix = ''): readonly string[] {
  return Object.entries(entry.properties ?? {}).flatMap(([name, member]) => {
    const { description = '' } = member;
    const isRequired = entry.required?.includes(name) === true;
    const row = `| \`${prefix}${name}\` | ${typeOf(member)} | ${unset(valueAt(setting, prefix + name), member, isRequired)} | ${description} |`;
    return [row, ...rows(setting, member, `${prefix}${name}.`)];
  });
}

function described(entry: JsonMember): readonly string[] {
  return Object.entries(entry.properties ?? {}).flatMap(([name, member]) => [
    ...(member.description === undefined ? [name] : []),
    ...described(member),
  ]);
}

const settings = ['TRUSTED_ISSUERS', 'LOGIN_PROVIDERS'] as const;

it('has a text for every member', () => {
  for (const setting of settings) expect(described(entryOf(setting)!)).toEqual([]);
});

// `npx vitest run --project unit members-page -u` writes the page anew.
it('is told in docs/issuer-members.md as the schema says it', async () => {
  const sections = settings.map((setting) =>
    [
      '',
      `## ${setting}`,
      '',
      '| member | what it is | without it | meaning |',
      '|---|---|---|---|',
      ...rows(setting, entryOf(setting)!),
    ].join('\n'),
  );
  const page = `${[heading.trimEnd(), ...sections].join('\n')}\n`;
  await expect(page).toMatchFileSnapshot('../../docs/issuer-members.md');
});
