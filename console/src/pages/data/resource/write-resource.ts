import { AnswerRefused, type FhirClient } from '../../../server/fhir-client.js';

interface Written {
  readonly type: string;
  readonly id: string;
  /** JSON, as typed: the server says what is wrong with it, and where. */
  readonly body: string;
  /** The version that it replaces; undefined where none is known. */
  readonly etag: string | undefined;
}

/** Stores the text; answers with the ETag that it has then. Throws {@link AnswerRefused}. */
export async function putResource(fhir: FhirClient, { type, id, body, etag }: Written): Promise<string | undefined> {
  const answer = await fhir.send({
    method: 'PUT',
    path: `${type}/${encodeURIComponent(id)}`,
    body,
    ...(etag !== undefined && { headers: { 'if-match': etag } }),
  });
  if (answer.status !== 200 && answer.status !== 201) throw new AnswerRefused(answer);
  return answer.headers.get('etag') ?? undefined;
}

export interface Created {
  /** False: what If-None-Exist asks for was there already. */
  readonly isNew: boolean;
  readonly id: string;
}

interface NewResource {
  readonly type: string;
  readonly body: string;
  /** A query of the type; empty: it is created in any case. */
  readonly unless: string;
}

/** Creates the resource, or finds the one that is there already. Throws {@link AnswerRefused}. */
export async function postResource(fhir: FhirClient, { type, body, unless }: NewResource): Promise<Created> {
  const headers = unless.trim() === '' ? {} : { 'if-none-exist': unless.trim() };
  const answer = await fhir.send({ method: 'POST', path: type, body, headers });
  if (answer.status !== 200 && answer.status !== 201) throw new AnswerRefused(answer);
  return { isNew: answer.status === 201, id: idIn(answer.headers.get('location') ?? '', type) };
}

/** The id in an address such as `…/Patient/1/_history/1`; empty where there is none. */
export const idIn = (location: string, type: string): string =>
  decodeURIComponent(new RegExp(`/${type}/([^/]+)(?:/_history/|$)`).exec(location)?.[1] ?? '');

/** Deletes the version that was looked at. Throws {@link AnswerRefused}. */
export async function deleteResource(fhir: FhirClient, type: string, id: string, etag: string | undefined) {
  await fhir.ask({
    method: 'DELETE',
    path: `${type}/${encodeURIComponent(id)}`,
    ...(etag !== undefined && { headers: { 'if-match': etag } }),
  });
}

/** Validates the text on the server, without storing it: an OperationOutcome. Throws {@link AnswerRefused} for any other answer. */
export async function validateResource(fhir: FhirClient, type: string, body: string): Promise<unknown> {
  const answer = await fhir.send({ method: 'POST', path: `${type}/$validate`, body });
  const { resourceType } = Object(answer.json) as { readonly resourceType?: string };
  if (answer.status === 401 || answer.status === 403 || resourceType !== 'OperationOutcome')
    throw new AnswerRefused(answer);
  return answer.json;
}

/** ETags of versions are weak: `W/"3"`. */
export const versionIn = (etag: string): string => etag.replace(/^W\/"|"$/g, '');
