import type { Interaction, NoInteraction } from '../../r4/rest/interaction.js';
import { MethodNotAllowed, printable, UnknownAddress, UnknownType } from '../../r4/errors/request-errors.js';
import { isResourceType, suggestType } from '../../r4/model/resource-types.js';
import { meantAddress } from '../../r4/rest/wrong-base.js';

/** Throws 404 or 405 for a request line that is no interaction of R4, with what could have been meant. */
export function requireAddress(
  method: string,
  path: string,
  interaction: Interaction | NoInteraction,
  base: string,
): asserts interaction is Interaction {
  const { type } = interaction;
  if (type !== undefined || interaction.kind === 'none') refuseTwiceBase(path, base);
  if (type !== undefined && !isResourceType(type)) throw new UnknownType(type, suggestType(type));
  if (interaction.kind !== 'none') return;
  if (interaction.allow.length > 0) throw new MethodNotAllowed(method, printable(path), interaction.allow);
  const [first = ''] = path.split('/', 1);
  const suggestion = isResourceType(first) ? undefined : suggestType(first);
  throw new UnknownAddress(
    `"${printable(path)}" is not an address of R4.${suggestion ? ` Did you mean ${suggestion}?` : ''}`,
  );
}

function refuseTwiceBase(path: string, base: string): void {
  const [first = ''] = path.split('/', 1);
  const meant = isResourceType(first) ? undefined : meantAddress(path, base);
  if (meant === undefined || meant === `${base}/${path}`) return;
  throw new UnknownAddress(
    `"${printable(path)}" is not an address of R4: the base stands in it twice, or that of another server. Ask ${meant}.`,
  );
}
