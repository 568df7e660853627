import type { Type } from '@nestjs/common';
import type { AccessPolicy } from '../scope/policies/policy.js';
import type { WriteHook } from './hooks/write-hook.js';
import type { Operation } from './operations/operation.js';
import type { Guide } from './guides/guide.js';
import type { SearchParameter } from '../r4/search/parameters/search-parameter.js';

/** What a module adds to the server; the built-in parts come through the same door. */
export interface FhirFeature {
  readonly operations?: readonly Type<Operation>[];
  readonly hooks?: readonly Type<WriteHook>[];
  /** They narrow what scopes grant, never widen. */
  readonly policies?: readonly Type<AccessPolicy>[];
  /** Indexed from now on (R4's own are anyway), and offered in type search. */
  readonly searchParameters?: readonly SearchParameter[];
  /** What they ask of servers is claimed in `/metadata` as far as it holds. */
  readonly guides?: readonly Guide[];
}
