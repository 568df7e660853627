import type { CriteriaSettings } from '../query/criteria-settings.js';
import type { Criterion } from '../query/criterion.js';
import { printable } from '../../errors/request-errors.js';
import { TooCostly } from '../query/search-bounds.js';

/** `name=value` on rows of a type. */
export interface WrittenName {
  readonly type: string;
  readonly name: string;
  readonly value: string;
}

/** Reads what stands at the other end of a reference. */
export type ParseRest = (type: string, name: string, value: string, settings: CriteriaSettings) => Criterion;

/** For what follows one more reference. Throws 400 when that is one too many. */
export function oneDeeper(settings: CriteriaSettings, place: string): CriteriaSettings {
  const { chainDepth } = settings;
  if (chainDepth > 0) return { ...settings, chainDepth: chainDepth - 1 };
  throw new TooCostly(
    `${printable(place)}: a criterion may not follow that many references; the limit is the setting CHAIN_DEPTH.`,
    'Search for what stands in the middle first, and then by the ids of what was found.',
  );
}
