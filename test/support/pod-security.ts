import type { Manifest } from './manifests.js';

type Json = Readonly<Record<string, unknown>>;

interface Pod {
  readonly where: string;
  readonly spec: Json;
  readonly containers: readonly Json[];
}

interface Rule {
  readonly name: string;
  readonly isKept: (pod: Pod) => boolean;
}

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]);
const appArmorTypes: readonly unknown[] = [undefined, 'RuntimeDefault', 'Localhost'];
const seLinuxTypes: readonly unknown[] = [
  undefined,
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
];
const seccompTypes: readonly unknown[] = ['RuntimeDefault', 'Localhost'];

/** Every rule of https://kubernetes.io/docs/concepts/security/pod-security-standards/, level restricted (baseline included). */
export const restricted: readonly Rule[] = [
  {
    name: 'HostProcess',
    isKept: (pod) => contexts(pod).every((it) => object(it['windowsOptions'])['hostProcess'] !== true),
  },
  {
    name: 'Host namespaces',
    isKept: ({ spec }) => ['hostNetwork', 'hostPID', 'hostIPC'].every((name) => spec[name] !== true),
  },
  { name: 'Privileged containers', isKept: (pod) => own(pod).every((it) => it['privileged'] !== true) },
  {
    name: 'Capabilities',
    isKept: (pod) =>
      own(pod).every((it) => {
        const { drop, add } = object(it['capabilities']);
        return list(drop).includes('ALL') && list(add).every((name) => name === 'NET_BIND_SERVICE');
      }),
  },
  { name: 'HostPath volumes', isKept: ({ spec }) => volumes(spec).every((it) => it['hostPath'] === undefined) },
  {
    name: 'Host ports',
    isKept: ({ containers }) => containers.flatMap(ports).every((it) => it['hostPort'] === undefined),
  },
  {
    name: 'Host probes',
    isKept: ({ containers }) => containers.flatMap(handlers).every((it) => it['host'] === undefined),
  },
  {
    name: 'AppArmor',
    isKept: (pod) => contexts(pod).every((it) => appArmorTypes.includes(object(it['appArmorProfile'])['type'])),
  },
  {
    name: 'SELinux',
    isKept: (pod) =>
      contexts(pod).every((it) => {
        const { type, user, role } = object(it['seLinuxOptions']);
        return seLinuxTypes.includes(type) && !user && !role;
      }),
  },
  {
    name: '/proc mount type',
    isKept: (pod) => own(pod).every((it) => [undefined, 'Default'].includes(it['procMount'] as string)),
  },
  {
    name: 'Sysctls',
    isKept: ({ spec }) =>
      list(object(spec['securityContext'])['sysctls']).every((it) => safeSysctls.has(String(object(it)['name']))),
  },
  {
    name: 'Volume types',
    isKept: ({ spec }) => volumes(spec).every((it) => allowedVolumes.some((type) => it[type] !== undefined)),
  },
  { name: 'Privilege escalation', isKept: (pod) => own(pod).every((it) => it['allowPrivilegeEscalation'] === false) },
  { name: 'Running as non-root', isKept: (pod) => effective(pod, 'runAsNonRoot').every((value) => value === true) },
  { name: 'Running as non-root user', isKept: (pod) => effective(pod, 'runAsUser').every((value) => value !== 0) },
  {
    name: 'Seccomp',
    isKept: (pod) => effective(pod, 'seccompProfile').every((value) => seccompTypes.includes(object(value)['type'])),
  },
];

/** The rules that a manifest breaks; none where it makes no pods. */
export function brokenRules(manifest: Manifest): readonly string[] {
  const pod = podOf(manifest);
  if (pod === undefined) return [];
  return restricted.filter(({ isKept }) => !isKept(pod)).map(({ name }) => `${pod.where}: ${name}`);
}

/** The pod that a manifest is or makes. */
export function podOf({ kind, metadata, spec }: Manifest): Pod | undefined {
  const own = object(spec);
  const podSpec = kind === 'Pod' ? own : object(object(own['template'])['spec']);
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((name) =>
    list(podSpec[name]).map(object),
  );
  return containers.length === 0 ? undefined : { where: `${kind}/${metadata.name}`, spec: podSpec, containers };
}

const own = ({ containers }: Pod): Json[] => containers.map((it) => object(it['securityContext']));
const contexts = (pod: Pod): Json[] => [object(pod.spec['securityContext']), ...own(pod)];
const volumes = (spec: Json): Json[] => list(spec['volumes']).map(object);
const ports = (container: Json): Json[] => list(container['ports']).map(object);

/** Values of each container, its own or its pod's. */
const effective = (pod: Pod, name: string): unknown[] =>
  own(pod).map((it) => it[name] ?? object(pod.spec['securityContext'])[name]);

function handlers(container: Json): Json[] {
  const { postStart, preStop } = object(container['lifecycle']);
  return [container['startupProbe'], container['livenessProbe'], container['readinessProbe'], postStart, preStop]
    .map(object)
    .flatMap((it) => [object(it['httpGet']), object(it['tcpSocket'])]);
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
