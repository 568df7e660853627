import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AppConfig } from '../../src/config/app-config.js';
import { secretNames } from '../../src/config/secrets/secret-files.js';
import { serverVersion } from '../../src/config/server-version.js';
import { schemaFaults, unknownMembers } from '../support/kubernetes-schemas.js';
import {
  chart,
  hasGo,
  hasKustomize,
  HelmTemplate,
  kubernetes,
  kustomize,
  kustomizeWith,
  type Manifest,
} from '../support/manifests.js';
import { danglingReferences } from '../support/manifest-references.js';
import { brokenRules, podOf, restricted } from '../support/pod-security.js';

// Needs Debian's kustomize, and for the chart its golang-go with the libraries sprig and yaml; skipped without.
const helm = hasGo() ? new HelmTemplate() : undefined;
afterAll(() => helm?.remove());

const everything = {
  imagePullSecrets: [{ name: 'registry' }],
  nodeSelector: { disk: 'fast' },
  tolerations: [{ key: 'fhir', operator: 'Exists' }],
  podAnnotations: { note: 'x' },
  autoscaling: { enabled: false },
  gateway: { enabled: true },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  networkPolicy: { privateIssuers: [{ cidr: '10.0.8.4/32', port: 8443 }] },
  apply: { declarations: { clients: [{ id: 'a', name: 'A', kind: 'public' }] } },
};

/** Addresses that no issuer on the internet has: of the machine, its cloud, its cluster and its networks. */
const inside = [
  '10.0.0.5 10.244.1.7 172.16.0.1 172.31.255.254 192.168.1.1 100.64.0.1 169.254.169.254 127.0.0.1 0.0.0.0 224.0.0.1 255.255.255.255',
  '::1 fc00::1 fd00:ec2::254 fe80::1 ff02::1 ::ffff:10.0.0.5 64:ff9b::a00:5 2002:a00:5::1',
].flatMap((addresses) => addresses.split(' '));

const variants: readonly (readonly [name: string, isOffered: boolean, render: () => readonly Manifest[]])[] = [
  ['kustomize, dev', hasKustomize(), () => kustomize(join(kubernetes, 'overlays/dev'))],
  ['kustomize, production', hasKustomize(), () => kustomize(join(kubernetes, 'overlays/production'))],
  ['kustomize, all components', hasKustomize(), () => kustomizeWith('gateway', 'service-monitor')],
  ['kustomize, issuers inside', hasKustomize(), () => kustomizeWith('private-issuers')],
  ['helm, default values', helm !== undefined, () => rendered()],
  ['helm, every value', helm !== undefined, () => rendered(everything, 'blue')],
];

for (const [name, isOffered, render] of variants) {
  describe.skipIf(!isOffered)(`the manifests of ${name}`, () => {
    let manifests: readonly Manifest[] = [];
    beforeAll(() => {
      manifests = render();
    });

    it('satisfies the schema of every kind', async () => {
      expect((await Promise.all(manifests.map(schemaFaults))).flat()).toEqual([]);
    });

    it('has no member that a kind does not know', () => {
      expect(unknownMembers(manifests)).toEqual([]);
    });

    it('keeps every rule of the pod security level "restricted"', () => {
      expect(manifests.flatMap(podsOf).length).toBeGreaterThan(2);
      expect(manifests.flatMap(brokenRules)).toEqual([]);
    });

    it('gives no pod a token, links to services, or a root file system to write', () => {
      for (const { spec, containers } of manifests.flatMap(podsOf)) {
        expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
        for (const container of containers)
          expect(container).toMatchObject({
            securityContext: { readOnlyRootFilesystem: true },
            resources: { requests: { cpu: expect.anything() }, limits: { memory: expect.anything() } },
          });
      }
      for (const account of ofKind(manifests, 'ServiceAccount'))
        expect(account['automountServiceAccountToken']).toBe(false);
    });

    it('lets servers reach public addresses by HTTPS, and no private network but what is named', () => {
      const open = egressOf(manifests).filter(({ cidr }) => !cidr.endsWith('/32'));
      expect(open.length).toBeGreaterThan(0);
      for (const block of open) expect(block.ports).toEqual([443]);
      expect(inside.filter((address) => open.some((block) => reaches(block, address)))).toEqual([]);
      for (const address of ['8.8.8.8', '198.18.0.1', '2606:4700::1111'])
        expect(open.some((block) => reaches(block, address))).toBe(true);
    });

    it('lets servers reach pods of named namespaces only', () => {
      const selectors = ofKind(manifests, 'NetworkPolicy')
        .filter(({ metadata }) => metadata.name !== 'lanyard-postgres')
        .flatMap(({ spec }) => ((spec as { egress?: readonly Egress[] }).egress ?? []).flatMap(({ to = [{}] }) => to))
        .filter(({ ipBlock }) => ipBlock === undefined);
      for (const selector of selectors) expect(JSON.stringify(selector)).toContain('matchLabels');
    });

    it('points only to what is there', () => {
      expect(danglingReferences(manifests)).toEqual([]);
    });

    it('has settings that the server starts with in production', () => {
      const { settings, files } = settingsOf(manifests);
      for (const file of files) expect(secretNames.map((secret) => `${secret}_FILE`)).toContain(file);
      const secrets = {
        DATABASE_URL: 'postgres://lanyard:x@db.example/lanyard',
        ADMIN_PASSWORD: 'not-generated',
        KEY_ENCRYPTION_SECRET: 'sixteen-or-more-characters',
      };
      expect(files.toSorted()).toEqual(
        Object.keys(secrets)
          .map((secret) => `${secret}_FILE`)
          .toSorted(),
      );
      const config = new AppConfig({ ...settings, ...secrets, NODE_ENV: 'production' });
      expect(config.warnings).toEqual([]);
      expect(config.production).toBe(true);
    });
  });
}

describe.skipIf(!hasKustomize() || helm === undefined)('Helm and Kustomize', () => {
  it('make the same for production', () => {
    const kustomized = kustomize(join(kubernetes, 'overlays/production')).filter(({ kind }) => kind !== 'Namespace');
    expect(comparable(rendered().filter(({ kind }) => kind !== 'Pod'))).toEqual(comparable(kustomized));
  });

  it('make the same of issuers inside', () => {
    const only = (manifests: readonly Manifest[]) =>
      comparable(manifests.filter(({ metadata }) => metadata.name === 'lanyard-to-private-issuers'));
    const values = { networkPolicy: { privateIssuers: [{ cidr: '192.0.2.20/32', port: 443 }] } };
    const kustomized = only(kustomizeWith('private-issuers'));
    expect(Object.keys(kustomized)).toHaveLength(1);
    expect(only(rendered(values))).toEqual(kustomized);
  });

  it('make the same of Gateway and ServiceMonitor', () => {
    const kinds = ['Gateway', 'HTTPRoute', 'ServiceMonitor'];
    const only = (manifests: readonly Manifest[]) => comparable(manifests.filter(({ kind }) => kinds.includes(kind)));
    const kustomized = only(kustomizeWith('gateway', 'service-monitor'));
    expect(Object.keys(kustomized)).toHaveLength(3);
    expect(only(rendered({ gateway: { enabled: true }, serviceMonitor: { enabled: true } }))).toEqual(kustomized);
  });
});

describe('the standbys', () => {
  const keys = { DATABASE_REPLICA_URLS: 'database-replica-urls' };
  for (const [name, isOffered, render] of [
    ['a component', hasKustomize(), () => kustomizeWith('standbys')],
    ['a key of the Secret', helm !== undefined, () => rendered({ secret: { name: 'lanyard', keys } })],
  ] as const) {
    it.skipIf(!isOffered)(`come to the servers by ${name}`, () => {
      const manifests = render();
      const { files } = settingsOf(manifests);
      expect(files).toEqual(expect.arrayContaining(['DATABASE_URL_FILE', 'DATABASE_REPLICA_URLS_FILE']));
      expect(JSON.stringify(ofKind(manifests, 'Deployment'))).toContain('/run/secrets/lanyard/database-replica-urls');
      expect(manifests.flatMap(brokenRules)).toEqual([]);
    });
  }
});

describe.skipIf(helm === undefined)('the chart', () => {
  it('names everything for its release, so that two can live in one namespace', () => {
    const names = (release: string) => rendered({}, release).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names('blue').filter((name) => names('green').includes(name))).toEqual([]);
  });

  it('has a test that runs lanyard doctor', () => {
    const [test] = ofKind(rendered(), 'Pod');
    expect(test?.metadata).toMatchObject({ annotations: { 'helm.sh/hook': 'test' } });
    expect(test?.['spec']).toMatchObject({ containers: [{ args: ['doctor'] }] });
  });

  it('leads the hosts of all tenants to the server with TENANTS=host, which reads them itself', () => {
    const hosted = { publicUrl: 'https://{tenant}.fhir.example', settings: { TENANTS: 'host' } };
    const [ingress] = ofKind(rendered(hosted), 'Ingress').map(({ spec }) => JSON.stringify(spec));
    for (const host of ['fhir.example', '*.fhir.example']) expect(ingress).toContain(`"host":"${host}"`);
    expect(ingress).toContain('"hosts":["fhir.example","*.fhir.example"]');
    const all = JSON.stringify(rendered({ ...hosted, gateway: { enabled: true }, ingress: { enabled: false } }));
    expect(all).toContain('"hostnames":["fhir.example","*.fhir.example"]');
    expect(all).toContain('"remove":["X-Forwarded-Host"]');
    expect(all).not.toContain('"name":"X-Forwarded-Host"');
    expect(all).toContain('"PUBLIC_URL":"https://{tenant}.fhir.example"');
  });

  it('mounts the owner of the tables for the Job that migrates, and for no other pod', () => {
    const owner = { secret: 'lanyard-owner', key: 'migration-database-url' };
    const pods = rendered({ migrate: { owner } })
      .flatMap(podsOf)
      .map((pod) => JSON.stringify(pod));
    const mounting = pods.filter((pod) => pod.includes('lanyard-owner') || pod.includes('MIGRATION_DATABASE_URL'));
    expect(mounting).toHaveLength(1);
    expect(mounting[0]).toContain('"args":["migrate"]');
    expect(mounting[0]).toContain(
      '{"name":"MIGRATION_DATABASE_URL_FILE","value":"/run/secrets/owner/migration-database-url"}',
    );
  });

  it('distributes tables over the nodes of Citus in the Job that migrates, as their owner, where that is asked for', () => {
    const owner = { secret: 'lanyard-owner', key: 'migration-database-url' };
    const argsOf = (values: object) =>
      rendered(values)
        .flatMap(podsOf)
        .flatMap(({ containers }) => containers as readonly { readonly name?: string; readonly args?: unknown }[])
        .filter(({ name }) => name === 'migrate')
        .map(({ args }) => args);
    expect(argsOf({})).toEqual([['migrate']]);
    expect(argsOf({ migrate: { distribute: true } })).toEqual([['migrate', '--distribute']]);
    expect(argsOf({ migrate: { distribute: true, owner } })).toEqual([['migrate', '--distribute']]);
  });

  it('leaves out what is switched off', () => {
    const off = { enabled: false };
    const manifests = rendered({ ingress: off, migrate: off, apply: off, networkPolicy: off, autoscaling: off });
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(
      ['ConfigMap', 'Deployment', 'Pod', 'PodDisruptionBudget', 'Service', 'ServiceAccount'].toSorted(),
    );
    expect(ofKind(manifests, 'Deployment')[0]?.['spec']).toMatchObject({ replicas: 2 });
  });

  it('starts new pods for a new setting', () => {
    const sum = (values: object) => ofKind(rendered(values), 'Deployment').map(({ spec }) => JSON.stringify(spec));
    expect(sum({ settings: { VALIDATION: 'structure' } })).not.toEqual(sum({}));
  });
});

describe('values.schema.json', () => {
  const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as object;
  const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as { properties: object };
  const isValid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

  it('accepts the values of the chart', () => {
    isValid(values);
    expect(isValid.errors).toBeNull();
    expect(isValid({ ...values, ...everything, gateway: { enabled: true } })).toBe(true);
  });

  it('knows every value', () => {
    expect(Object.keys(schema.properties).toSorted()).toEqual(['global', ...Object.keys(values)].toSorted());
  });

  it.each([
    ['a value that is not there', { ingres: { enabled: true } }],
    ['a setting that is no text', { settings: { CLOCK_SKEW: 60 } }],
    ['a secret among the settings', { settings: { ADMIN_PASSWORD: 'secret' } }],
    ['standbys among the settings', { settings: { DATABASE_REPLICA_URLS: 'postgres://x:secret@db/x' } }],
    ['a URL without a scheme', { publicUrl: 'fhir.example' }],
    ['a digest that is none', { image: { repository: 'x', digest: 'latest' } }],
    ['no database', { secret: { name: 'lanyard', keys: {} } }],
    ['an issuer inside without a port', { networkPolicy: { privateIssuers: [{ cidr: '10.0.8.4/32' }] } }],
    ['a network that is none', { networkPolicy: { database: { cidr: 'db.example' } } }],
    ['a text where it is yes or no', { migrate: { distribute: 'yes' } }],
    ['an owner without a key', { migrate: { owner: { secret: 'lanyard-owner' } } }],
  ])('refuses %s', (_, wrong) => {
    expect(isValid({ ...values, ...wrong })).toBe(false);
  });
});

describe('versions', () => {
  it('of chart and overlay are the version of the server', () => {
    const { version, appVersion } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as Record<string, unknown>;
    const overlay = readFileSync(join(kubernetes, 'overlays/production/kustomization.yaml'), 'utf8');
    const { images } = parse(overlay) as { images: readonly { newTag: string }[] };
    expect([version, appVersion, images[0]?.newTag]).toEqual([serverVersion, serverVersion, serverVersion]);
  });
});

describe('what checks the manifests', () => {
  const selector = { matchLabels: { app: 'a' } };
  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const deployment = (spec: object): Manifest => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector, template, ...spec },
  });

  it('finds nothing in a right one', async () => {
    expect(await schemaFaults(deployment({}))).toEqual([]);
    expect(danglingReferences([deployment({})])).toEqual([]);
    expect(unknownMembers([deployment({})])).toEqual([]);
  });

  it('finds a wrong type, a missing member, an unknown kind', async () => {
    expect(await schemaFaults(deployment({ replicas: '2' }))).toEqual([expect.stringContaining('/spec/replicas')]);
    expect(await schemaFaults(deployment({ selector: undefined }))).toEqual([expect.stringContaining('selector')]);
    expect(await schemaFaults({ ...deployment({}), kind: 'Deploiment' })).toEqual(['apps/v1 has no Deploiment']);
  });

  it('finds a member that is not there', () => {
    expect(unknownMembers([deployment({ replica: 2 })])).toEqual([expect.stringContaining('replica')]);
  });

  it('finds a selector and a name that lead nowhere', () => {
    const elsewhere = deployment({
      selector: { matchLabels: { app: 'b' } },
      template: { ...template, spec: { ...template.spec, serviceAccountName: 's' } },
    });
    expect(danglingReferences([elsewhere])).toEqual(['ServiceAccount/s', 'Deployment/d selects nothing: {"app":"b"}']);
  });
});

describe('the rules of "restricted"', () => {
  const context = {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const pod = (spec: object, container: object = {}, security: object = {}): Manifest => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { ...spec, containers: [{ name: 'c', ...container, securityContext: { ...context, ...security } }] },
  });

  it('let a pod pass that keeps them', () => {
    expect(brokenRules(pod({ volumes: [{ name: 'v', emptyDir: {} }] }))).toEqual([]);
  });

  it.each<[string, Manifest]>([
    ['HostProcess', pod({ securityContext: { windowsOptions: { hostProcess: true } } })],
    ['Host namespaces', pod({ hostPID: true })],
    ['Privileged containers', pod({}, {}, { privileged: true })],
    ['Capabilities', pod({}, {}, { capabilities: { drop: ['ALL'], add: ['SYS_TIME'] } })],
    ['HostPath volumes', pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] })],
    ['Host ports', pod({}, { ports: [{ containerPort: 1, hostPort: 1 }] })],
    ['Host probes', pod({}, { livenessProbe: { httpGet: { port: 1, host: 'x' } } })],
    ['AppArmor', pod({}, {}, { appArmorProfile: { type: 'Unconfined' } })],
    ['SELinux', pod({}, {}, { seLinuxOptions: { type: 'spc_t' } })],
    ['/proc mount type', pod({}, {}, { procMount: 'Unmasked' })],
    ['Sysctls', pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } })],
    ['Volume types', pod({ volumes: [{ name: 'v', nfs: {} }] })],
    ['Privilege escalation', pod({}, {}, { allowPrivilegeEscalation: true })],
    ['Running as non-root', pod({}, {}, { runAsNonRoot: undefined })],
    ['Running as non-root user', pod({ securityContext: { runAsUser: 0 } })],
    ['Seccomp', pod({}, {}, { seccompProfile: { type: 'Unconfined' } })],
  ])('catch a pod that breaks: %s', (name, manifest) => {
    expect(brokenRules(manifest)).toEqual([`Pod/p: ${name}`]);
  });

  it('each have such a pod above', () => {
    expect(restricted).toHaveLength(16);
  });
});

function rendered(values: object = {}, release?: string): readonly Manifest[] {
  if (helm === undefined) throw new Error('There is no Go.');
  return helm.render(values, release);
}

interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Egress {
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number | string }[];
}
interface Opened {
  readonly cidr: string;
  readonly except: readonly string[];
  readonly ports: readonly (number | string)[];
}

/** The addresses that policies let pods reach. */
const egressOf = (manifests: readonly Manifest[]): readonly Opened[] =>
  ofKind(manifests, 'NetworkPolicy')
    .flatMap(({ spec }) => (spec as { egress?: readonly Egress[] }).egress ?? [])
    .flatMap(({ to = [], ports = [] }) =>
      to.flatMap(({ ipBlock }) => (ipBlock ? [{ except: [], ...ipBlock, ports: ports.map(({ port }) => port) }] : [])),
    );

function reaches({ cidr, except }: Opened, address: string): boolean {
  const isWithin = (networks: readonly string[]): boolean => {
    const list = new BlockList();
    for (const network of networks) {
      const [net = '', bits] = network.split('/');
      list.addSubnet(net, Number(bits), net.includes(':') ? 'ipv6' : 'ipv4');
    }
    return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
  };
  return isWithin([cidr]) && !isWithin(except);
}

function ofKind(manifests: readonly Manifest[], ...kinds: readonly string[]): readonly Manifest[] {
  return manifests.filter(({ kind }) => kinds.includes(kind));
}

function podsOf(manifest: Manifest) {
  const pod = podOf(manifest);
  return pod === undefined ? [] : [pod];
}

/** The settings of the pods of the server: of their ConfigMap, and the names of those that are files. */
function settingsOf(manifests: readonly Manifest[]) {
  const settings = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name.includes('settings'))?.['data'];
  const [deployment] = ofKind(manifests, 'Deployment');
  const env = deployment && (podOf(deployment)?.containers[0]?.['env'] as readonly { name: string }[] | undefined);
  return { settings: settings as Record<string, string>, files: (env ?? []).map(({ name }) => name) };
}

/** By kind and name, without what only one of the two adds: namespaces, hashes and revisions in names, Helm's own labels. */
function comparable(manifests: readonly Manifest[]): Readonly<Record<string, unknown>> {
  const plain = manifests.map((manifest) => {
    const text = JSON.stringify(manifest, (key, value: unknown) => (ignored.has(key) ? undefined : value))
      .replace(/"lanyard-(settings|declarations)-[a-z0-9]{10}"/g, '"lanyard-$1"')
      .replace(/"lanyard-(migrate|apply)-1"/g, '"lanyard-$1"')
      .replace(/,"annotations":\{\}|"annotations":\{\},/g, '');
    const { kind, metadata, ...rest } = JSON.parse(text) as Manifest;
    return [`${kind}/${metadata.name}`, { ...rest, annotations: metadata['annotations'] }] as const;
  });
  return Object.fromEntries(plain);
}

const ignored = new Set([
  'namespace',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
  'helm.sh/chart',
  'checksum/settings',
]);
