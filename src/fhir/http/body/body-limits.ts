import { RequestContext } from '../../../scope/request-context.js';
import type { FhirOptions } from '../../fhir-options.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { BodyLimit } from './body-bytes.js';
import type { BodyMemory } from './body-memory.js';
import type { FhirRequest } from '../fhir-request.js';
import { isForm } from './media-types.js';

const fixed = 'none: fixed';
const credentialPath = /^\/(?:login|refresh|logout|revoke)$/;

/** Bytes of a bundle that holds requests and no content, of a form, and of what $explain-access is asked. */
const requestsOnly = 1_048_576;

/** Returns the limit of a body. Of Bundles: by the token's permissions, known before the body is read (ADR 45). */
export function limitOf(request: FhirRequest, options: FhirOptions, memory: BodyMemory): BodyLimit {
  const { basePath, bodyLimit } = options;
  const [path = ''] = request.url.split('?', 1);
  if (path === `${basePath}/$explain-access`) return { bytes: requestsOnly, setting: fixed };
  const isFhir = path.startsWith(basePath) && !credentialPath.test(path.slice(basePath.length));
  // Everything else takes small forms only.
  if (!isFhir) return { bytes: 65_536, setting: fixed };
  if (isForm(request.headers['content-type'] ?? ''))
    return { bytes: Math.min(requestsOnly, bodyLimit), setting: fixed };
  const isBundle = path === basePath || path === `${basePath}/`;
  return within(isBundle ? bundleLimit(request, options) : { bytes: bodyLimit, setting: 'BODY_LIMIT' }, memory);
}

/** Refuses a body larger than the server can ever hold for that reason; the client is not told to come again. */
function within(limit: BodyLimit, memory: BodyMemory): BodyLimit {
  const { further } = limit;
  if (limit.bytes > memory.largest) return { bytes: memory.largest, setting: 'BODY_MEMORY, CALLER_SHARE' };
  return further ? { ...limit, further: () => within(further(), memory) } : limit;
}

/** Most bundles are small, and what a token may do with each type takes a while to find out. */
function bundleLimit({ fhirContext }: FhirRequest, { bodyLimit, bundleLimit: most }: FhirOptions): BodyLimit {
  const least = Math.min(requestsOnly, bodyLimit, most);
  return {
    bytes: least,
    setting: 'BUNDLE_LIMIT',
    further: () => {
      const may = fhirContext ? writes(fhirContext) : 'nothing';
      if (may === 'all') return { bytes: most, setting: 'BUNDLE_LIMIT' };
      if (may === 'some') return { bytes: Math.min(bodyLimit, most), setting: 'BODY_LIMIT', advice: ofLimited };
      return { bytes: least, setting: fixed, advice: ofReaders };
    },
  };
}

const ofReaders =
  'The token may write nothing, so that its bundles hold requests only. Send fewer entries at a time, or use a token that may create or update what you send.';
const ofLimited =
  'The token may write only within a record or by a policy; bundles of BUNDLE_LIMIT are for tokens that may create or update a type without such a limit. Send smaller bundles.';

/** Returns `all` if the caller may create or update all rows of some type, `some` if only some rows. */
function writes({ principal, rules }: RequestContext): 'all' | 'some' | 'nothing' {
  // Nothing is used yet, so that the audit has nothing to note.
  const context = new RequestContext(principal, rules);
  let found: 'some' | 'nothing' = 'nothing';
  for (const type of resourceTypes) {
    for (const permission of ['c', 'u'] as const) {
      const access = context.accessIfAny(type, permission);
      if (access?.isOpen) return 'all';
      if (access) found = 'some';
    }
  }
  return found;
}
