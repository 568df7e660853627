import { rulesOf } from '../values/time-zone.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/**
 * Stands for the form of all index entries: what was indexed in an older form is indexed anew while the server goes on, and
 * searches wait for that. Its expression, a number, grows whenever that form changes. Entries that the release before looks
 * for are kept, since its servers search what this release writes (docs/adr/0029-the-schema-only-grows-within-a-release.md).
 */
export const indexLayout: SearchParameter = {
  code: 'every parameter',
  type: 'special',
  url: 'urn:lanyard:index-layout',
  base: ['Resource'],
  expression: '7',
};

/**
 * Stands for what reads are judged by: compartments, labels, codes and actors that Consents look for. Grows together with the
 * other when the form of these changes: then reads under such a limit wait as well.
 */
export const accessLayout: SearchParameter = {
  code: 'every limit of access',
  type: 'special',
  url: 'urn:lanyard:access-layout',
  base: ['Resource'],
  expression: '1',
};

/** Stands for what dates without a zone mean in index entries. */
export const zoneOfDates = (timeZone: string): SearchParameter => ({
  code: 'every date',
  type: 'special',
  url: 'urn:lanyard:time-zone',
  base: ['Resource'],
  expression: rulesOf(timeZone),
});

/**
 * Stands for the hashes of what names one thing (`isOwnEntry`), which are those of a tenant. Those of the first tenant, `default`, are as every
 * release has them.
 */
export const hashesOfTenant = (tenant: number): SearchParameter | undefined =>
  tenant === 1
    ? undefined
    : {
        code: 'every reference and identifier',
        type: 'special',
        url: 'urn:lanyard:tenant-hashes',
        base: ['Resource'],
        expression: `${tenant}`,
      };
