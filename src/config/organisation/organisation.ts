import type { Logo } from './organisation-logo.js';
import type { Settings } from '../settings-schema.js';

/** Name, logo and colours of the organisation on the pages. */
export interface Organisation {
  readonly name?: string;
  readonly logo?: Logo;
  /** `#rrggbb` */
  readonly colour?: string;
}

export const organisationOf = ({
  ORGANISATION_NAME: name,
  ORGANISATION_LOGO: logo,
  ORGANISATION_COLOUR: colour,
}: Settings): Organisation => ({
  ...(name !== undefined && { name }),
  ...(logo !== undefined && { logo }),
  ...(colour !== undefined && { colour }),
});
