import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Manifest } from './manifests.js';

/** The package that has the models of a group; its own kinds are those of the Kubernetes API. */
const packages: Readonly<Record<string, string>> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
};

interface Model {
  validate(): void;
}

/** Faults of a manifest by the schema of its kind: required members, types, patterns, values. */
export async function schemaFaults(manifest: Manifest): Promise<readonly string[]> {
  const models = (await import(moduleOf(manifest))) as Record<string, new (manifest: Manifest) => Model>;
  const model = models[manifest.kind];
  if (model === undefined) return [`${manifest.apiVersion} has no ${manifest.kind}`];
  try {
    new model(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind}/${manifest.metadata.name}: ${(error as Error).message}`];
  }
}

/** Of the types of the kinds, which each program looks at: they are read and parsed once. */
const sources = new Map<string, ts.SourceFile | undefined>();

/** Members that no schema has, which a cluster would drop without a word: the compiler finds them by the types of the kinds. */
export function unknownMembers(manifests: readonly Manifest[]): readonly string[] {
  const path = join(fileURLToPath(new URL('.', import.meta.url)), 'manifests.generated.ts');
  const lines = manifests.flatMap((manifest, index) => [
    `import type { I${manifest.kind} as Kind${index} } from '${moduleOf(manifest)}';`,
    `export const manifest${index}: Kind${index} = ${JSON.stringify(manifest)};`,
  ]);
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    // Without the types of browsers, which are most of the default.
    lib: ['lib.es2023.d.ts'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    if (name === path) return ts.createSourceFile(path, lines.join('\n'), languageVersion);
    if (!sources.has(name)) sources.set(name, read(name, languageVersion, ...rest));
    return sources.get(name);
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([path], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

function moduleOf({ apiVersion }: Manifest): string {
  const group = apiVersion.split('/')[0] ?? '';
  return `${packages[group] ?? 'kubernetes-models'}/${apiVersion}`;
}
