import type { Manifest } from './manifests.js';

/** Names and labels that nothing in the same manifests has; the Secrets `lanyard`, `lanyard-tls`, `registry` are others'. */
export function danglingReferences(manifests: readonly Manifest[]): readonly string[] {
  const there = new Set(manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  for (const name of ['lanyard', 'lanyard-tls', 'registry']) there.add(`Secret/${name}`);
  const labels = manifests.flatMap(labelsOfPods);
  return manifests.flatMap((manifest) => [
    ...referencesOf(manifest).filter((name) => !there.has(name)),
    ...selectorsOf(manifest)
      .filter((selector) => !labels.some((set) => Object.entries(selector).every(([key, value]) => set[key] === value)))
      .map((selector) => `${manifest.kind}/${manifest.metadata.name} selects nothing: ${JSON.stringify(selector)}`),
  ]);
}

type Labels = Readonly<Record<string, string>>;

function labelsOfPods({ kind, metadata, spec }: Manifest): readonly Labels[] {
  const template = (spec as { template?: { metadata?: { labels?: Labels } } } | undefined)?.template;
  if (kind === 'Pod') return [metadata['labels'] as Labels];
  return template?.metadata?.labels === undefined ? [] : [template.metadata.labels];
}

function selectorsOf({ kind, spec }: Manifest): readonly Labels[] {
  const { selector, podSelector } = (spec ?? {}) as {
    selector?: Labels & { matchLabels?: Labels };
    podSelector?: never;
  };
  if (kind === 'Service') return [selector as Labels];
  const { matchLabels } = (podSelector ?? selector ?? {}) as { matchLabels?: Labels };
  return matchLabels === undefined || kind === 'ServiceMonitor' ? [] : [matchLabels];
}

/** The kind that a member `name` (or another) inside such a member means. */
const kinds: Readonly<Record<string, string>> = {
  'configMapRef.name': 'ConfigMap',
  'configMap.name': 'ConfigMap',
  'service.name': 'Service',
  'imagePullSecrets.name': 'Secret',
  'certificateRefs.name': 'Secret',
  'parentRefs.name': 'Gateway',
  'backendRefs.name': 'Service',
  'scaleTargetRef.name': 'Deployment',
  'secret.secretName': 'Secret',
  'tls.secretName': 'Secret',
  'spec.serviceAccountName': 'ServiceAccount',
};

function referencesOf({ spec }: Manifest): readonly string[] {
  return referencesIn(spec, 'spec');
}

function referencesIn(value: unknown, parent: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => referencesIn(item, parent));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const kind = kinds[`${parent}.${key}`];
    return kind === undefined ? referencesIn(member, key) : [`${kind}/${member}`];
  });
}
