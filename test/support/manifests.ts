import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as it is handed to a cluster. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
export const kubernetes = join(root, 'docker/kubernetes');
export const chart = join(root, 'docker/helm/lanyard');

/** Folder of Debian's Go libraries: the functions that Helm gives to templates. */
const goPath = '/usr/share/gocode';

export const hasKustomize = (): boolean => spawnSync('kustomize', ['version']).status === 0;
export const hasGo = (): boolean =>
  spawnSync('go', ['list', 'github.com/Masterminds/sprig', 'sigs.k8s.io/yaml'], { env: goEnvironment() }).status === 0;

export function kustomize(folder: string): readonly Manifest[] {
  return parse(execFileSync('kustomize', ['build', folder], { encoding: 'utf8' }));
}

/** The overlay for production with these components on top. */
export function kustomizeWith(...components: readonly string[]): readonly Manifest[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lanyard-overlay-')));
  const here = (path: string): string => relative(folder, join(kubernetes, path));
  try {
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({
        resources: [here('overlays/production')],
        components: components.map((name) => here(`components/${name}`)),
      }),
    );
    return kustomize(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Renders the chart. Helm itself comes from no registry of packages; `helm-template.go` is the same template engine. */
export class HelmTemplate {
  private readonly folder = mkdtempSync(join(tmpdir(), 'lanyard-helm-'));
  private readonly program = join(this.folder, 'helm-template');

  constructor() {
    const source = join(root, 'test/support/helm-template.go');
    execFileSync('go', ['build', '-o', this.program, source], { env: goEnvironment() });
  }

  render(values: object = {}, release = 'lanyard'): readonly Manifest[] {
    const file = join(this.folder, 'values.yaml');
    writeFileSync(file, JSON.stringify(values));
    const { status, stdout, stderr } = spawnSync(this.program, [chart, file, release, 'lanyard'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return parse(stdout);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GO111MODULE: 'off', GOPATH: goPath, GOFLAGS: '-trimpath', GOTOOLCHAIN: 'local' };
}

function parse(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { version: '1.1' })
    .filter((document) => document.contents !== null)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as Manifest;
    });
}
