/**
 * The whole server, as a function and as a Nest module. What extends it comes from `lanyard-fhir/fhir`.
 *
 * @packageDocumentation
 */
export { lanyardAdapter } from './app/http/adapter.js';
export { LanyardModule, type LanyardOptions } from './app/lanyard.module.js';
export { type RunningLanyard, startLanyard } from './app/start/start-lanyard.js';
export { StartRefused } from './config/checks/start-refused.js';
