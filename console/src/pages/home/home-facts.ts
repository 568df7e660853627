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
  /** Absent while it is asked for. */
  readonly value?: string;
  readonly href?: string;
}

type Link = Required<Fact>;

const link = (key: MessageKey, href: string): Link => ({ key, value: href, href });

/** Addresses and numbers of the server, in the order in which people ask for them. `asked`: its CapabilityStatement is on its way. */
export function factsOf(
  { fhirBase, issuer, version }: ConsoleConfig,
  capability: Capability | 'asked' | undefined,
): readonly Fact[] {
  return [
    { key: 'home.base', value: fhirBase },
    ...(issuer === undefined ? [] : [{ key: 'home.issuer', value: issuer } as const]),
    { key: 'home.version', value: `Lanyard ${version}` },
    { key: 'home.consoleVersion', value: `Lanyard ${consoleVersion}` },
    ...factsIn(capability),
    link('home.metadata', `${fhirBase}/metadata`),
    link('home.smart', `${fhirBase}/.well-known/smart-configuration`),
  ];
}

/** Rows are there while their values are asked for: what is below them stays in its place. */
function factsIn(capability: Capability | 'asked' | undefined): readonly Fact[] {
  if (capability === 'asked') return [{ key: 'home.fhirVersion' }, { key: 'home.types' }];
  const { fhirVersion, rest } = capability ?? {};
  const types = rest?.[0]?.resource?.length;
  return [
    ...(fhirVersion === undefined ? [] : [{ key: 'home.fhirVersion', value: `FHIR ${fhirVersion}` } as const]),
    ...(types === undefined ? [] : [{ key: 'home.types', value: String(types) } as const]),
  ];
}

export const documentsOf = ({ console: own, access, api, openapi, accounts }: ConsoleConfig): readonly Link[] => [
  link('home.access', access),
  ...(api === undefined ? [] : [link('home.api', api)]),
  ...(openapi === undefined ? [] : [link('home.openapi', openapi)]),
  ...(accounts === undefined ? [] : [link('home.apps', `${accounts}/apps`)]),
  link('home.licences', new URL('licenses.md', own).href),
  link('home.sbom', new URL('sbom.cdx.json', own).href),
];
