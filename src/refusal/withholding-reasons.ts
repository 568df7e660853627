import { forbidden, reason, type Reason } from './reason.js';

/** Security labels, Consents and breaking the glass. */
export const withholdingReasons = {
  'label-above-clearance': forbidden(
    'request',
    'The content has a label above the clearance of the caller',
    'A confidentiality label in meta.security is higher than what the caller may see: it could not be read or corrected by who wrote it.',
    'Write it with a label that is no higher than the clearance, which $my-access tells, or ask an administrator for a higher one.',
  ),
  'break-glass-not-granted': forbidden(
    'withholding',
    'The caller may not break the glass',
    'X-Purpose-Of-Use: BTG lifts what patients have withheld by Consent. Administrators say who may do that, and only where an audit is written.',
    'Leave the header out, or ask an administrator for the right to break the glass.',
  ),
  'purpose-malformed': reason(
    400,
    'invalid',
    [
      'The purpose of use cannot be read',
      'X-Purpose-Of-Use holds one code of v3-PurposeOfUse. Breaking the glass (BTG) needs a reason, which is written to the audit.',
      'Send X-Purpose-Of-Use: TREAT, or X-Purpose-Of-Use: BTG; reason="unconscious patient in the emergency room".',
    ],
    'withholding',
  ),
  'purpose-contradicted': forbidden(
    'withholding',
    'The purpose of use contradicts that of the client',
    'The client was registered for one purpose of use, which its tokens carry and Consents are judged by. A header of the request cannot change it, not even to break the glass.',
    'Leave X-Purpose-Of-Use out, or use a client that is registered for that purpose, or for none.',
  ),
  'results-may-be-withheld': reason(403, 'suppressed', [
    'Patients may have withheld some of their data',
    'This remark stands in every search of a caller who may break the glass, whether anything was withheld or not: that something is absent does not mean that there is none.',
    'In an emergency, repeat the request with X-Purpose-Of-Use: BTG; reason="…". It lifts Consents for this one request and is always audited.',
  ]),
} as const satisfies Record<string, Reason>;
