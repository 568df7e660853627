import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import '../support/node-20.js';
import { mutations } from './mutations.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mutation = mutations.find(({ name }) => name === process.env['MUTATION']);
if (!mutation) throw new Error(`MUTATION names none of ${mutations.length} mutations.`);

/** Importing the application costs more than a test of it: each mutation gets the files that may see it. */
const ofAuthorizationServer = /^src\/(?:oauth2|auth)\//.test(mutation.file);
const dataSpecs = [
  'test/leaks/*.spec.ts',
  'test/e2e/{validate,meta,patch,search-system,search-explain,explain-access,permissions,policies,audit,consent,index-forms}.e2e.spec.ts',
];
const oauth2Specs = [
  'test/leaks/patient-directory.spec.ts',
  'test/e2e/oauth2-*.e2e.spec.ts',
  'test/e2e/{clients,client-tokens,registration,audit-pages}.e2e.spec.ts',
];

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
      load: async (id) => (id === root + mutation.file ? mutated(await readFile(id, 'utf8')) : undefined),
    },
  ],
  test: {
    // Transforms kept on disk would hide the mutation, or show it to other runs.
    fsModuleCache: false,
    include: [...(ofAuthorizationServer ? oauth2Specs : dataSpecs)],
    globalSetup: ['test/support/global-setup.ts'],
    testNamePattern: mutation.seenBy.replace(/[^\w :]/g, '.'),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    bail: 1,
    maxWorkers: 1,
  },
});
