import type { JsonObject } from '../../src/r4/json/json.js';

export const basic = { resourceType: 'Basic', code: { text: 'x' } };
export const ofRecord = { reference: 'Patient/p1' };

/** Resources that name a patient and that no patient sees. */
export const withheld: Readonly<Record<string, JsonObject>> = {
  Subscription: {
    status: 'off',
    reason: 'x',
    criteria: 'Observation?patient=Patient/p1',
    channel: { type: 'message' },
    extension: [{ url: 'http://example.org/x', valueReference: ofRecord }],
  },
  Linkage: {
    author: { reference: 'Organization/o' },
    item: ['source', 'alternate'].map((type) => ({ type, resource: ofRecord })),
  },
  PaymentNotice: {
    status: 'active',
    request: ofRecord,
    created: '2024-05-01',
    payment: { display: 'x' },
    recipient: { display: 'x' },
    amount: { value: 1, currency: 'EUR' },
  },
  Parameters: { parameter: [{ name: 'subject', valueReference: ofRecord }] },
};
