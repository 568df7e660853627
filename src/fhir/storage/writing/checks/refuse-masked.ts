import { Refused } from '../../../../refusal/refusal.js';
import type { Access } from '../../../../scope/access.js';
import { hiddenWrite, maskedWrite } from '../../../../scope/policies/judge-policies.js';
import { maskText } from '../../../../r4/model/mask-resource.js';
import type { StoredVersion } from '../../reading/stored-version.js';

/**
 * 403 for whoever would be shown the version in part, whichever type the masked elements are of: what they send would replace
 * what they cannot see, and what a patch says of it would be answered (ADR 27). A deletion is no version to be shown. `isReadable`: the caller may read the version.
 */
export function refuseMasked(
  access: Access<'u'>,
  { type, id, body }: Pick<StoredVersion, 'type' | 'id' | 'body'>,
  isReadable: boolean,
): Refused | undefined {
  const address = `${type}/${id}`;
  // Reasons that depend on the content are not told to a caller who may not read it.
  const masked = body === '' ? undefined : maskText(body, type, access.maskOf, isReadable ? access.hiding : undefined);
  const [first, ...others] = [
    ...(masked?.types ?? []).flatMap((one) => access.masksOf(one).map((mask) => maskedWrite(one, mask, address))),
    ...(masked?.hidden?.by ?? []).map((rule) => hiddenWrite(address, rule)),
  ];
  return first && new Refused([first, ...others]);
}
