import { supertypes } from '../../model/elements.js';
import { resourceTypes } from '../../model/resource-types.js';
import type { SearchParameter } from './search-parameter.js';

/** The resource types a parameter applies to: its bases, and what specialises them. */
export const typesOf = ({ base }: SearchParameter): readonly string[] =>
  [...resourceTypes].filter((type) => supertypes(type).some((name) => base.includes(name)));
