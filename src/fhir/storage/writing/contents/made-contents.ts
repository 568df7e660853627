import { FhirError } from '../../../../r4/errors/fhir-error.js';
import { type JsonObject, parseJson } from '../../../../r4/json/json.js';
import type { Content, Edit } from '../change.js';

type Made = Promise<Content | FhirError>;

/** The last content of each edit, and the text that it was made of. */
const known = new WeakMap<Edit['edit'], { readonly body: string; readonly made: Made }>();

/** Returns what an edit makes of a stored text, or why it cannot. Made once for one text: validation may take long (docs/adr/0142). */
export function contentOf({ edit }: Edit, body: string): Made {
  const last = known.get(edit);
  if (last?.body === body) return last.made;
  const made = make(edit, body);
  known.set(edit, { body, made });
  return made;
}

async function make(edit: Edit['edit'], body: string): Made {
  try {
    return await edit(parseJson(body) as JsonObject);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
}
