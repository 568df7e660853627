import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import type { Confidentiality } from '../../../r4/model/confidentiality.js';
import { type DateInterval, parseDateInterval } from '../../../r4/search/values/date-interval.js';

interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Zone of days without one. */
  readonly timeZone: string;
  /** The highest label that the caller is shown. */
  readonly clearance: Confidentiality;
}

const policies = 'http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html';

/**
 * Why a Consent of HRex (http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/hrex-consent) does not let its holder be told who a
 * member is; undefined where it does. Decided by what was sent alone.
 */
export function whyNoConsent(consent: JsonObject, { now, timeZone, clearance }: Circumstances): string | undefined {
  if (consent['status'] !== 'active') return 'The Consent is not active.';
  const { provision } = consent;
  if (!isObject(provision) || provision['type'] !== 'permit') return 'The Consent permits nothing (provision.type).';
  const period = boundsOf(provision['period'], timeZone);
  if (!period)
    return 'The Consent does not say from when and until when it holds (provision.period, with start and end).';
  if (!isWithin(period, now)) return 'The Consent does not hold today (provision.period).';
  const uris = objectsOf(consent['policy']).map(({ uri }) => textOf(uri));
  if (uris.includes(`${policies}#sensitive`)) return undefined;
  if (!uris.includes(`${policies}#regular`))
    return `The Consent says nothing of sensitive data: policy.uri is ${policies}#regular or #sensitive.`;
  return clearance === 'V' || clearance === 'R'
    ? 'The Consent keeps sensitive data back (policy #regular), and this token is shown what is labelled as such. Ask with a token whose clearance is N.'
    : undefined;
}

/** Its beginning and its end, both of which HRex needs. */
function boundsOf(period: JsonObject[string], timeZone: string): readonly [DateInterval, DateInterval] | undefined {
  if (!isObject(period)) return undefined;
  const [start, end] = [period['start'], period['end']].map((one) => parseDateInterval(textOf(one), timeZone));
  return start && end && [start, end];
}

const isWithin = ([start, end]: readonly [DateInterval, DateInterval], now: number): boolean =>
  Number(start.low) <= now * 1000 && now * 1000 < Number(end.high);
