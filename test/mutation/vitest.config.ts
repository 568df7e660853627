import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import '../support/node-20.js';
import { mutations, type Mutation } from './mutations.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mutation = mutations.find(({ name }) => name === process.env['MUTATION']);
if (!mutation) throw new Error(`MUTATION names none of ${mutations.length} mutations.`);

const ofAuthorizationServer = /^src\/(?:oauth2|auth)\//.test(mutation.file);
const mayFail = ofAuthorizationServer
  ? /^attacks\/|^integration\/upstream-links\.|^leaks\/patient-directory|^leaks\/(?:tenants|record-sight)|^e2e\/(?:access-questions\.|tenant-break-glass\.|tenant-doctor\.|oauth2-|console-login\.|audit-pages|clients?[-.]|client-tokens|registration|policy-trials\.|hooks-.*|parts\.)/
  : /^attacks\/|^leaks\/|^integration\/(?:attempts|audit-rows|history-consents|search-members|storage-(?:alone|repeated)|tenant-hashes|walks-of-types)\.|^e2e\/(?:access-questions|validate|meta|operations(?:-in-bundles|-async|-taken-over)?|patch(?:-validation)?|search-system|search-explain|explain-access|not-found|permissions|policies|policy-terminology|policy-trials|masks|audit|conditional|consent|everything|data-operations|document-operations|ecl|operation-bounds|graph|graphql(?:-bounds)?|purge|merge|member-match|export(?:-by-patient|-changes|-neighbours)?|import|bulk-submit|hooks-reading|hooks-writing|index-forms|stale-reads|oauth2-pages|fhir-module-alone|parts|content-parts|binary-store|extensions-list|tenants|tenant-break-glass|tenant-doctor|tenant-settings|tenant-limits|tenant-erase|tenant-transfer|terminology-(?:closure|contradictions|kept|loaded-supplements|many-codes|maps|operations|releases|several-versions|store|supplements)|console-login|stamping-parts|request-timeout)\./;
const limitsOf: Readonly<Record<string, string>> = {
  'leaks/leak-matrix-scopes.spec.ts': 'leaks/scope-limits.ts',
  'leaks/leak-matrix-compartments.spec.ts': 'leaks/compartment-limits.ts',
  'leaks/leak-matrix-policies.spec.ts': 'leaks/policy-limits.ts',
  'leaks/leak-matrix-withheld.spec.ts': 'leaks/withheld-limits.ts',
};

/** Importing the application costs more than a test of it: the files in which the name stands. Names may end in what a file fills in. */
function specsOf({ name, seenBy, spec: path }: Mutation): readonly string[] {
  const text = seenBy.slice(0, 17);
  const tests = `${root}test/`;
  if (path?.startsWith('citus/')) return [`test/${path}.citus.ts`];
  const specs = ['leaks', 'e2e', 'attacks', 'integration']
    .flatMap((folder) => readdirSync(tests + folder).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.spec.ts') && mayFail.test(file));
  const named = specs.filter((spec) =>
    path
      ? spec.startsWith(path)
      : [spec, limitsOf[spec] ?? spec].some((file) => readFileSync(tests + file, 'utf8').includes(text)),
  );
  if (named.length === 0) throw new Error(`No file names the test "${seenBy}" that has to see "${name}".`);
  return named.map((spec) => `test/${spec}`);
}

/** The text of a source with one judgement taken out. */
function mutated(text: string): string {
  const { find, replace, times = 1 } = mutation!;
  const parts = text.split(find);
  if (parts.length - 1 !== times) throw new Error(`${mutation!.file} has it ${parts.length - 1} times, not ${times}.`);
  return parts.join(replace);
}

// Of the files that `npm test` runs, only the leak matrix and what writes refuse, with one source changed on its way in.
export default defineConfig({
  root,
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  plugins: [
    {
      name: 'mutation',
      enforce: 'pre',
      // The mutation is neither kept on disk nor shown to other runs; all else is transformed once.
      configureVitest: ({ defineCacheKeyGenerator }) =>
        defineCacheKeyGenerator(({ id }) => (id === root + mutation.file ? false : undefined)),
      load: async (id) => (id === root + mutation.file ? mutated(await readFile(id, 'utf8')) : undefined),
    },
  ],
  test: {
    fsModuleCache: true,
    env: { FULL: '1' },
    include: [...specsOf(mutation)],
    globalSetup: ['test/mutation/global-setup.ts'],
    testNamePattern: mutation.seenBy.replace(/[^\w :]/g, '.'),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    bail: 1,
    maxWorkers: 1,
  },
});
