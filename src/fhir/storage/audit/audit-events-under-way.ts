import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';

/** 503: so much was recorded lately that an answer now would leave AuditEvents out. */
export class AuditEventsUnderWay extends TemporarilyUnavailable {
  constructor() {
    super(
      5,
      'The latest AuditEvents are still being made, and an answer without them would not be true. Repeat the request after the time in Retry-After.',
    );
  }
}
