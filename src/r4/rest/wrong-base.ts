import { isResourceType } from '../model/resource-types.js';
import { printable } from '../errors/request-errors.js';

const rootDocuments: ReadonlySet<string> = new Set(['metadata', '$my-access', '$my-refusals', '$explain-access']);
/** Words of the bases of FHIR servers. */
const ofBases =
  /^(?:fhir|api|rest|hapi-fhir-jpaserver|base|r[2-6]b?|v?[2-6]|dstu[23]|stu3|baser[2-6]|basedstu[23]|fhir[-_]server)$/i;

/**
 * The address that was probably meant by a path of another server, or of this one twice: `/fhir/Patient`, `/baseR4/Patient/1`.
 * Undefined where the path names nothing of FHIR.
 */
export function meantAddress(path: string, base: string): string | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  const at = segments.findIndex((segment) => isResourceType(segment) || rootDocuments.has(segment));
  const before = at === -1 ? segments : segments.slice(0, at);
  if (segments.length === 0 || !before.every((segment) => ofBases.test(segment))) return undefined;
  return at === -1 ? base : `${base}/${printable(segments.slice(at).join('/'))}`;
}
