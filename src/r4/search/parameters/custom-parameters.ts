import type { SearchParameter } from './search-parameter.js';

/** A custom parameter that searches do not take. */
export interface PendingParameter {
  readonly parameter: SearchParameter;
  readonly state: 'building' | 'failed';
  /** Percent of the stored rows that are indexed. */
  readonly progress?: number;
  /** Reason why it failed, or waits. */
  readonly reason?: string;
}

/** The parameters that SearchParameter resources define. */
export interface CustomParameters {
  /** Grows whenever rows are to be indexed by others than before. */
  readonly generation: number;
  /** Grows whenever anything else about them changes too. */
  readonly revision: number;
  readonly active: readonly SearchParameter[];
  readonly pending: readonly PendingParameter[];
}

export const noCustomParameters: CustomParameters = { generation: 1, revision: 1, active: [], pending: [] };
