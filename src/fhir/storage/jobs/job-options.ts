import type { JobOptions } from '../../fhir-options.js';

/** Where an application does not say it. */
export const usualJobs: JobOptions = { atOnce: 2, perCaller: 10, perServer: 200, keptHours: 24 };
