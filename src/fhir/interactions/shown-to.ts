import type { RequestContext } from '../../scope/request-context.js';
import type { Written } from '../storage/writing/change.js';
import { masked } from '../storage/reading/masked.js';

/** Returns a written version as a read shows it to the caller; without permission to read it is never shown. */
export const shownTo = (context: RequestContext, written: Written): Written =>
  context.may(written.type, 'r') ? masked(context.accessTo(written.type, 'r'), written) : written;
