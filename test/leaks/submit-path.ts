import { createHash } from 'node:crypto';
import type { FileSource } from '../support/file-source.js';
import { linesOf, takeResult } from './import-path.js';
import type { Path } from './path.js';

/** Each line of a submission is an update by its caller. Without a source, its manifest leads inside, and is not fetched. */
export const submittingFrom = (source?: FileSource): Path => ({
  name: '$bulk-submit',
  covers: ['$bulk-submit', '$bulk-submit-status'],
  alike: true,
  async whole(session) {
    const key = [
      { name: 'submitter', valueIdentifier: { value: 'clinic' } },
      { name: 'submissionId', valueString: session.limit.name },
    ];
    const post = (operation: string, ...more: readonly object[]) =>
      session.post(operation, { resourceType: 'Parameters', parameter: [...key, ...more] });
    await post('$bulk-submit-status');
    await post(
      '$bulk-submit',
      { name: 'manifestUrl', valueUrl: manifestOf(source, linesOf(session.limit)) },
      { name: 'fhirBaseUrl', valueUrl: 'https://clinic.example.org/fhir' },
      { name: 'submissionStatus', valueCoding: { code: 'completed' } },
    );
    const { headers } = await post('$bulk-submit-status');
    const address = headers['content-location'];
    if (address !== undefined) await takeResult(session, address);
  },
});

/** A name of its content: both worlds ask for one manifest. */
function manifestOf(source: FileSource | undefined, content: string): string {
  if (!source) return 'https://127.0.0.1:1/manifest';
  const name = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const url = source.add(`${name}.ndjson`, content);
  return source.add(name, JSON.stringify({ output: [{ url }] }));
}
