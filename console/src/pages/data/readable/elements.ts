import type { Members } from '../summary.js';

const listed = (names: string): readonly string[] => names.trim().split(/\s+/);

/** Elements of a readable view in their order, by type; `[x]`: whichever of its types is there. */
export const elementsOfType = {
  Patient: listed(`
    name birthDate gender deceased[x] identifier telecom address maritalStatus communication contact generalPractitioner
    managingOrganization link active`),
  RelatedPerson: listed('name patient relationship birthDate gender telecom address period active'),
  Practitioner: listed('name qualification identifier telecom address gender birthDate communication active'),
  PractitionerRole: listed('practitioner organization code specialty location telecom availableTime period active'),
  Organization: listed('name alias type identifier telecom address partOf contact active'),
  Location: listed('name status type description telecom address managingOrganization partOf'),
  Encounter: listed(
    'status class type subject period reasonCode reasonReference diagnosis participant location hospitalization serviceProvider partOf',
  ),
  Condition: listed(`
    code clinicalStatus verificationStatus severity category bodySite subject encounter onset[x] abatement[x] recordedDate recorder
    stage evidence note`),
  Observation: listed(`
    code value[x] dataAbsentReason interpretation referenceRange component status category subject encounter effective[x] issued
    performer bodySite method specimen device hasMember derivedFrom note`),
  AllergyIntolerance: listed(`
    code clinicalStatus verificationStatus type category criticality reaction patient onset[x] lastOccurrence recordedDate recorder
    note`),
  Medication: listed('code status form amount ingredient batch manufacturer'),
  MedicationRequest: listed(`
    medication[x] status intent dosageInstruction subject encounter authoredOn requester reasonCode reasonReference dispenseRequest
    substitution note`),
  Immunization: listed(`
    vaccineCode status statusReason patient occurrence[x] lotNumber expirationDate site route doseQuantity performer protocolApplied
    reaction note`),
  Procedure: listed(`
    code status category subject encounter performed[x] performer reasonCode reasonReference bodySite outcome complication followUp
    note`),
  DiagnosticReport: listed(
    'code status category conclusion conclusionCode subject encounter effective[x] issued performer result presentedForm',
  ),
  DocumentReference: listed('type description status docStatus category subject date author custodian content context'),
  ServiceRequest: listed(`
    code status intent priority category subject encounter occurrence[x] authoredOn requester performer reasonCode reasonReference
    bodySite patientInstruction note`),
  CarePlan: listed(
    'title description status intent category subject period author careTeam addresses goal activity note',
  ),
  CareTeam: listed('name status category subject period participant managingOrganization reasonCode note'),
  Goal: listed(
    'description lifecycleStatus achievementStatus priority subject start[x] target statusDate expressedBy addresses note',
  ),
  Coverage: listed('type status beneficiary subscriber subscriberId relationship period payor class costToBeneficiary'),
  Appointment: listed(
    'description status serviceType start end minutesDuration participant reasonCode comment patientInstruction',
  ),
  Consent: listed('status scope category patient dateTime performer organization source[x] policyRule provision'),
} satisfies Readonly<Record<string, readonly string[]>>;

export type ReadableType = keyof typeof elementsOfType;

export const isReadable = (type: string): type is ReadableType => Object.hasOwn(elementsOfType, type);

/** An element that is there; `name` is without `[x]`. */
export interface ShownElement {
  readonly name: string;
  readonly value: unknown;
}

/** The elements of the view that the resource has. */
export const shownElements = (type: ReadableType, resource: Members): readonly ShownElement[] =>
  elementsOfType[type].flatMap((element) => {
    const name = element.replace('[x]', '');
    const key = name === element ? name : Object.keys(resource).find((one) => isChoiceOf(one, name));
    const value = key === undefined ? undefined : resource[key];
    return value === undefined ? [] : [{ name, value }];
  });

const isChoiceOf = (key: string, name: string): boolean =>
  key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length));
