import type { InjectionToken } from '@nestjs/common';
import type { Extension } from '../../app/extensions/extension.js';
import { withApp } from '../../app/offline.js';
import { extensionTextOf } from '../../config/extension-settings.js';
import { tablePrefix } from '../../database/migrations/table-prefix.js';
import { pointsOf } from '../../fhir/extensions/hooks.js';
import type { FhirFeature } from '../../fhir/feature.js';
import { openSetup } from '../open-server.js';
import { print, printJson, remark } from '../terminal.js';

type Get = <T>(token: InjectionToken<T>) => T;

/** Parts of an extension by their kind, each as a person reads it. */
type Parts = Readonly<Record<string, readonly string[]>>;

export async function listExtensions({ json }: { readonly json?: true }): Promise<void> {
  const setup = await openSetup();
  const { extensions } = setup;
  if (extensions.length === 0 && !json) return print('No extension is loaded. The setting EXTENSIONS names them.');
  const listed = await withApp(setup, remark, async (app) =>
    extensions.map((extension) => ({
      name: extension.name,
      ...(extension.version !== undefined && { version: extension.version }),
      parts: partsOf(extension, (token) => app.get(token, { strict: false })),
    })),
  );
  if (json) return printJson(listed);
  for (const { name, version, parts } of listed) {
    print(version === undefined ? name : `${name} ${version}`);
    for (const [kind, all] of Object.entries(parts)) for (const one of all) print(`  ${kind.padEnd(17)} ${one}`);
  }
}

function partsOf({ name, features }: Extension, get: Get): Parts {
  const of = <T>(take: (feature: FhirFeature) => readonly T[] | undefined): readonly T[] =>
    features.flatMap((feature) => take(feature) ?? []);
  return {
    operation: of(({ operations }) => operations).map((one) => describeOperation(get(one).declaration)),
    hook: of(({ hooks }) => hooks).map((one) => `${get(one).name}: ${pointsOf(get(one)).join(', ')}`),
    policy: of(({ policies }) => policies).map((one) => get(one).name),
    'search parameter': of(({ searchParameters }) => searchParameters).map(
      ({ code, base }) => `${base.join(', ')}: ${code}`,
    ),
    setting: of(({ settings }) => (settings ? [settings] : [])).flatMap(({ schema }) =>
      Object.entries(schema.shape).map(([key, one]) => `${key}: ${extensionTextOf(one).meaning ?? 'no text'}`),
    ),
    migration: of(({ migrations }) => migrations).map((one) => `${tablePrefix(name)}${one.name}`),
    health: of(({ health }) => health).map((one) => `${name}/${get(one).name}`),
    command: of(({ commands }) => commands).map((one) => `lanyard ${one.name}: ${one.description}`),
  };
}

/** With the reason why it may act as the server itself, where it says so. */
const describeOperation = ({ code, system }: { readonly code: string; readonly system?: string }): string =>
  `$${code}${system === undefined ? '' : `, as the server itself: ${system}`}`;
