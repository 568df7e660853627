import type { MessageKey } from '../../messages/messages.js';
import type { ConsoleConfig } from '../../server/console-config.js';
import { consoleVersion } from '../../server/console-version.js';

/** The part of a CapabilityStatement that this page shows. */
export interface Capability {
  readonly fhirVersion?: string;
  readonly date?: string;
  readonly rest?: readonly { readonly resource?: readonly unknown[] }[];
}

export interface Fact {
  readonly key: MessageKey;
  readonly value: string;
  readonly href?: string;
}

const link = (key: MessageKey, href: string): Fact & { readonly href: string } => ({ key, value: href, href });

/** Addresses and numbers of the server, in the order in which people ask for them. */
export function factsOf(config: ConsoleConfig, capability: Capability | undefined): readonly Fact[] {
  const { fhirBase, issuer, version } = config;
  const { fhirVersion, rest } = capability ?? {};
  const types = rest?.[0]?.resource?.length;
  return [
    { key: 'home.base', value: fhirBase },
    ...(issuer === undefined ? [] : [{ key: 'home.issuer', value: issuer } as const]),
    { key: 'home.version', value: `Lanyard ${version}` },
    { key: 'home.consoleVersion', value: `Lanyard ${consoleVersion}` },
    ...(fhirVersion === undefined ? [] : [{ key: 'home.fhirVersion', value: `FHIR ${fhirVersion}` } as const]),
    ...(types === undefined ? [] : [{ key: 'home.types', value: String(types) } as const]),
    link('home.metadata', `${fhirBase}/metadata`),
    link('home.smart', `${fhirBase}/.well-known/smart-configuration`),
  ];
}

export const documentsOf = ({
  console: own,
  access,
  api,
  openapi,
  accounts,
}: ConsoleConfig): readonly (Fact & { readonly href: string })[] => [
  link('home.access', access),
  ...(api === undefined ? [] : [link('home.api', api)]),
  ...(openapi === undefined ? [] : [link('home.openapi', openapi)]),
  ...(accounts === undefined ? [] : [link('home.apps', `${accounts}/apps`)]),
  link('home.licences', new URL('licenses.md', own).href),
  link('home.sbom', new URL('sbom.cdx.json', own).href),
];
