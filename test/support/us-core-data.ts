import { expect } from 'vitest';
import type { TestServer } from './server.js';
import { type Resource, usCoreExamples, usCoreVersions } from './us-core.js';
import { supplements } from './us-core-supplements.js';

/** The examples of all versions, what is newer in the place of what is older; as they are stored then. */
export async function loadUsCore(server: TestServer, token: string): Promise<readonly Resource[]> {
  const folders = new Set(usCoreVersions.map(({ examples: folder }) => folder));
  const examples = [...folders].flatMap(usCoreExamples);
  const kept = [
    ...new Map([...examples, ...supplements].map((one) => [`${one.resourceType}/${one.id}`, one])).values(),
  ];
  const all = [...kept, ...kept.filter(({ resourceType }) => resourceType !== 'Provenance').map(provenanceOf)];
  const entry = all.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const answer = await server.call('POST', '', { token, body: { resourceType: 'Bundle', type: 'transaction', entry } });
  expect(answer.status, answer.text.slice(0, 2000)).toBe(200);
  return all.map((resource, i) => {
    const { lastModified } = answer.body.entry[i].response as { lastModified: string };
    return { ...resource, meta: { ...(resource['meta'] as object | undefined), lastUpdated: lastModified } };
  });
}

/** Every resource has one. */
export const provenanceOf = ({ resourceType, id }: Resource): Resource => ({
  resourceType: 'Provenance',
  id: `of-${resourceType.slice(0, 16)}-${id}`.slice(0, 64),
  target: [{ reference: `${resourceType}/${id}` }],
  recorded: '2024-01-01T00:00:00Z',
  agent: [{ who: { reference: 'Practitioner/practitioner-1' } }],
});
