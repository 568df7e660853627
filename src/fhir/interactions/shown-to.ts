import type { RequestContext } from '../../scope/request-context.js';
import type { Written } from '../storage/writing/change.js';
import { masked } from '../storage/reading/masked.js';

/** What was written as a read shows it to the caller; whoever may not read has no representation of it. */
export const shownTo = (context: RequestContext, written: Written): Written =>
  context.may(written.type, 'r') ? masked(context.accessTo(written.type, 'r'), written) : written;
