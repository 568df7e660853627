import type { Logo } from './organisation-logo.js';
import type { Settings } from './settings-schema.js';

/** What the pages say of whose server this is. */
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
