import { forbidden, reason, type Reason } from './reason.js';

/** Reasons why a valid token does not permit a request: scopes, patient, operations, policies, page links. */
export const accessReasons = {
  'scope-missing': forbidden(
    'scopes',
    'The token has no SMART scope',
    'The token is genuine, but none of its scopes is about FHIR resources. Roles and groups never replace scopes.',
    'Request the scope that the answer names, such as user/Patient.rs.',
  ),
  'scope-insufficient': forbidden(
    'scopes',
    'No scope of the token permits this',
    'The token has SMART scopes, but none with this resource type and this permission: c create, r read, u update, d delete, s search.',
    'Request the scope that the answer names in addition. Reading does not include searching, and writing does not include reading.',
  ),
  'scope-out-of-order': forbidden(
    'scopes',
    'The letters of a scope are not in the order c, r, u, d, s',
    'SMART leaves .sr or .dus undefined, so such a scope grants nothing.',
    'Write every letter once and in order, such as .rs or .cruds.',
  ),
  'scope-unknown': forbidden(
    'scopes',
    'A scope is not SMART syntax or names no R4 type',
    'Scopes are read whole and letter by letter: patient/observation.rs or patient/Observation.readonly grant nothing.',
    'Write context/Type.permissions with the context patient, user or system, the type as R4 spells it, and letters of cruds (v1: read, write, *).',
  ),
  'scope-constraint-unsupported': forbidden(
    'scopes',
    'A granular scope uses a parameter or form not supported',
    'The part after the question mark must be search parameters of the type, of kind token, reference, date, string or uri, without modifiers, chains or result parameters. Ignoring it would grant too much, so the scope is ignored.',
    'Use a plain search parameter, such as patient/Observation.rs?category=laboratory.',
  ),
  'system-scope-ignored': forbidden(
    'scopes',
    'system/ scopes count for machine tokens only',
    'The token was issued to a user. With a system/ scope the user would act without limits.',
    'Request user/ or patient/ scopes for users. If the token is a machine token, describe how to recognise it in machineToken of TRUSTED_ISSUERS.',
  ),
  'admin-scope-ignored': forbidden(
    'scopes',
    'admin/ scopes do not count for this token',
    'Users of this server administer it. A machine, a user of another issuer, and a user who is linked to a patient do not, whatever the scopes: an administrator reaches everybody.',
    'Log in with POST /login as a user of this server who is linked to a Practitioner or to nobody. "adminScopes": "allow" in TRUSTED_ISSUERS lets an issuer name administrators.',
  ),
  'user-unlinked': forbidden(
    'context',
    'The token does not say which FHIR user this is',
    'user/ scopes mean what the user may do, and the token names nobody in fhirUser, or somebody of another server, or a Person, who may be a patient or a practitioner.',
    'Let the authorization server send the claim fhirUser with a Practitioner, PractitionerRole, Patient or RelatedPerson of this server. For an issuer that never sends it, userWithoutFhirUser: "allow" lets scopes alone decide.',
  ),
  'patient-context-missing': forbidden(
    'context',
    'patient/ scopes need a patient in context',
    'A patient/ scope opens the record of one patient, and the token does not name one.',
    'Request launch/patient (or launch inside an EHR) so that the authorization server chooses a patient and sends the claim patient.',
  ),
  'patient-context-mismatch': forbidden(
    'context',
    'The request names another patient than the token',
    'The token is limited to one patient and the request line asks for another. This is decided without looking whether that patient exists.',
    'Ask for the patient of the token, or launch again with the other patient.',
  ),
  'type-withheld': forbidden(
    'reach',
    'The type is not available under patient/ scopes',
    'Resources of this type belong to no single patient, or are shared by all and therefore read-only. The same holds for user/ scopes of patients.',
    'Use a token with user/ scopes of a practitioner, or system/ scopes of a machine.',
  ),
  'write-outside-compartment': forbidden(
    'reach',
    'The content lies outside the patient compartment',
    'What is written must belong to the patient of the token, before and after the change.',
    'Let the resource refer to the patient of the token, for example in subject or patient.',
  ),
  'write-outside-constraint': forbidden(
    'request',
    'The content lies outside what the granular scopes permit',
    'A scope such as ?category=laboratory limits writing as well as reading, before and after the change.',
    'Write content that the constraint matches, or request a wider scope.',
  ),
  'operation-not-granted': forbidden(
    'request',
    'The operation is not granted to this token',
    'Operations declare the access they need, and the token does not have it.',
    'Request the scopes that the answer names; /metadata lists the operations.',
  ),
  'bundle-entry-refused': forbidden(
    'request',
    'An entry of the bundle is refused',
    'Every entry is judged as if it were sent alone. One refused entry refuses a whole transaction, and nothing is stored.',
    'Read the issue of each entry (expression Bundle.entry[n]), and correct or drop the entry.',
  ),
  'administrator-needed': forbidden(
    'scopes',
    'A right to administer is missing',
    'Users, clients, policies, launches for others, jobs and definitions have rights of their own, such as admin/User.u; no scope for resources implies one. A token carries them where its account has them and, for an app, where the app is registered for them. Nobody gives what he has not, and nobody raises himself.',
    'Log in with POST /login as a user who has the right that the answer names. On the server, "lanyard user set NAME --administrator" gives all of them, and --grants a part.',
  ),
  'beyond-own-rights': forbidden(
    'request',
    'Nobody gives what he has not, and nobody changes his own rights',
    'Accounts, clients and tokens for registration get no scope, clearance, exemption and freedom from policies or Consents that the administrator who makes them has not; who administers is managed by those only who have all of it; who is limited by a policy does not change it.',
    'Give less, or let somebody do it who has what the answer names. On the server the command "lanyard" is not limited.',
  ),
  'policy-refused': forbidden(
    'policies',
    'An access policy refuses this',
    'A rule of this server forbids what the scopes would grant.',
    'No scope overrides a policy: ask the operator about the policy that the answer names.',
  ),
  'policy-relevant': forbidden(
    'policies',
    'What is written decides who sees what',
    'A policy or Consent goes by resources of this type, or they let others into a record. Whom it limits, and the apps of patients, could let themselves or others in by writing them.',
    'Have somebody write it whom the policy or Consent does not limit, or who has the right admin/Policy.u. For apps of patients the operator may name the type in PATIENT_WRITES.',
  ),
  'element-masked': forbidden(
    'policies',
    'An element that this caller is not shown is asked for, or would be overwritten',
    'A policy takes elements out of what this caller is shown. Searching or sorting by them, and scopes with criteria on them, would tell what they say, and a resource that was seen in part cannot be replaced without losing the rest.',
    'Leave the criterion, sort key or include out; request a scope without such a criterion; have the change made by somebody who is shown all of the resource. GET $my-access names the masked elements.',
  ),
  'include-filtered': reason(403, 'suppressed', [
    'An include leads to a type that the token does not permit',
    'What a search includes is judged like what it finds. The matches are answered; this reason is a remark in the bundle and names the parameter.',
    'Request the search scope of the included type that the remark names, or leave the include out.',
  ]),
  'chain-filtered': reason(403, 'suppressed', [
    'A chain leads to a type that the token does not permit',
    'Where a chain names no type, as in subject.name, it is followed to the types that the token may search; where that is none, the search is refused. This reason is a remark in the bundle and names the types that were left out.',
    'Name the type that is meant, as in subject:Patient.name, or request the search scope of the types that the remark names.',
  ]),
  'too-many-explanations': reason(429, 'throttled', [
    'Too many explanations were asked for',
    'Explanations are limited by address, and for callers without a valid token together.',
    'Wait for the time that Retry-After names. Refused requests and $my-access tell the same and are not limited.',
  ]),
  'cursor-foreign': forbidden(
    'request',
    'The page link belongs to another query or another access',
    'Links to further pages are sealed for one query and for what the caller could see when it began.',
    'Repeat the search from its first page.',
  ),
  'cursor-expired': reason(410, 'expired', [
    'The page link has expired',
    'Links to further pages do not live for ever.',
    'Repeat the search from its first page.',
  ]),
} as const satisfies Record<string, Reason>;
