import type { JsonObject } from '../../src/r4/json/json.js';
import { aBinary, aBundle, aDocument, aProvenance, type Entry } from '../support/resources.js';
import type { Path } from './path.js';
import type { Session } from './session.js';

const subject = { reference: 'Patient/p1' };

/** In each element by which the visibility of a resource follows from others. */
const pointersAt = (reference: string): readonly JsonObject[] => [
  aProvenance(reference),
  aProvenance('Patient/p1', reference),
  aBinary({ securityContext: { reference } }),
  aDocument('Patient/p1', reference),
  {
    resourceType: 'DiagnosticReport',
    status: 'final',
    code: { text: 'x' },
    subject,
    presentedForm: [{ url: reference }],
  },
  { resourceType: 'Media', status: 'completed', subject, content: { url: reference } },
];

const wantsBody = { prefer: 'return=representation' };
const asking = (method: string, url: string): Entry => ({ request: { method, url } });

interface Answered {
  readonly response?: { readonly location?: string };
}

/** Resources that the caller makes to point at what is hidden (docs/adr/0043), and what can be seen of them afterwards. */
export const pointing: Path = {
  name: 'what points at it',
  covers: ['create'],
  alike: true,
  always: true,
  async byId(session, id) {
    const pointers = pointersAt(`${session.limit.type}/${id}`);
    const creating = pointers.map((resource) => ({
      request: { method: 'POST', url: resource['resourceType'] as string },
      resource,
    }));
    const made = await batch(session, creating);
    const written = made.flatMap(({ response }, i) =>
      response?.location === undefined ? [] : [{ path: response.location.split('/_history')[0]!, body: pointers[i]! }],
    );
    await batch(
      session,
      written.flatMap(({ path }) => [
        asking('GET', path),
        asking('GET', `${path}/_history/1`),
        asking('GET', `${path.replace('/', '?_id=')}&_include=*&_total=accurate`),
      ]),
    );
    await batch(
      session,
      written.map(({ path, body }) => ({
        request: { method: 'PUT', url: path },
        resource: { ...body, id: path.split('/')[1], language: 'de' },
      })),
    );
    await batch(
      session,
      written.map(({ path }) => asking('DELETE', path)),
    );
  },
};

async function batch(session: Session, entries: readonly Entry[]): Promise<readonly Answered[]> {
  const body = aBundle('batch', ...entries);
  const answer = await session.call('POST', '', { body, headers: wantsBody, mayPoint: true });
  return (answer.body.entry as readonly Answered[] | undefined) ?? [];
}
