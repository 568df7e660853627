/**
 * Invariants whose published text does not say what HL7's own words beside it say, by path and key. An invariant holds
 * when its expression is true, so an expression that yields nothing where there is nothing to check is a mistake too.
 */
const emptyReference = 'Yields nothing, not true, where there is no literal reference.';
const unicodeEscapes = 'Regular expressions for Unicode refuse needless escapes.';
const pathName = '[^\\\\s.,:;\\\'"/|?!@#$%&*()\\\\[\\\\]{}]{1,64}';
const precision = 'Dates of different precision cannot be compared; only a certain contradiction counts.';

const unit = (name) => `(${name}.system & '|' & iif(${name}.code.exists(), ${name}.code, ${name}.unit))`;

export const corrections = {
  'Bundle.entry bdl-8': {
    expression: "fullUrl.empty() or fullUrl.contains('/_history/').not()",
    reason: 'Yields nothing, not true, where there is no fullUrl.',
  },
  'CareTeam.participant ctm-1': {
    expression:
      "onBehalfOf.empty() or member.reference.empty() or member.reference.matches('(^|/)(Patient|RelatedPerson|PractitionerRole|CareTeam|Organization)/[A-Za-z0-9.-]+$').not()",
    reason: 'The engine cannot resolve references; the literal says the type.',
  },
  'Condition con-3': {
    expression:
      "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.coding.where(code='problem-list-item').empty()",
    reason: 'Compares a CodeableConcept with a string, which fails for every category.',
  },
  'DomainResource dom-3': {
    expression:
      "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().ofType(canonical) | %resource.descendants().ofType(uri) | %resource.descendants().ofType(url))) or descendants().where(reference = '#').exists() or descendants().where(ofType(canonical) = '#').exists() or descendants().where(ofType(url) = '#').exists()).not()).empty()",
    reason: 'The operator "as" refuses several values.',
  },
  'ElementDefinition eld-16': {
    expression: "sliceName.empty() or sliceName.matches('^[a-zA-Z0-9/\\\\-_\\\\[\\\\]@]+$')",
    reason: unicodeEscapes,
  },
  'ElementDefinition eld-19': {
    expression: `path.matches('^${pathName}(\\\\.${pathName}(\\\\[x\\\\])?(:[^\\\\s.]+)?)*$')`,
    reason: `Meant for the whole path; "matches" finds it anywhere. ${unicodeEscapes}`,
  },
  'ElementDefinition eld-20': {
    expression: "path.matches('^[A-Za-z][A-Za-z0-9]*(\\\\.[a-z][A-Za-z0-9]*(\\\\[x\\\\])?)*$')",
    reason: `Meant for the whole path; "matches" finds it anywhere. ${unicodeEscapes}`,
  },
  'MedicationDispense mdd-1': {
    expression:
      'whenHandedOver.empty() or whenPrepared.empty() or whenHandedOver.highBoundary() >= whenPrepared.lowBoundary()',
    reason: precision,
  },
  'Period per-1': {
    expression: 'start.hasValue().not() or end.hasValue().not() or (start.lowBoundary() <= end.highBoundary())',
    reason: precision,
  },
  'Questionnaire.item que-12': {
    expression: 'enableWhen.count() > 1 implies enableBehavior.exists()',
    reason: 'HL7 says "more than one".',
  },
  'Questionnaire.item.enableWhen que-7': {
    expression: "operator = 'exists' implies (answer is boolean)",
    reason: 'Boolean with a capital letter is the type of FHIRPath, not of FHIR.',
  },
  'Range rng-2': {
    expression: `low.value.empty() or high.value.empty() or ${unit('low')} != ${unit('high')} or low.value <= high.value`,
    reason: 'Only quantities of the same unit are comparable for certain.',
  },
  'Reference ref-1': {
    expression:
      "reference.empty() or reference = '#' or reference.startsWith('#').not() or (reference.substring(1) in %rootResource.contained.id)",
    reason: `${emptyReference} "#" is the containing resource itself.`,
  },
  'RiskAssessment.prediction ras-2': {
    expression: 'probability.empty() or (probability is decimal implies (probability as decimal) <= 100)',
    reason: 'Yields nothing, not true, where there is no probability.',
  },
  'Task inv-1': {
    expression:
      'lastModified.exists().not() or authoredOn.exists().not() or lastModified.highBoundary() >= authoredOn.lowBoundary()',
    reason: precision,
  },
  'Timing.repeat tim-9': {
    expression: "offset.empty() or (when.exists() and when.where($this in ('C' | 'CM' | 'CD' | 'CV')).empty())",
    reason: '"in" refuses several values, and "when" repeats.',
  },
};
