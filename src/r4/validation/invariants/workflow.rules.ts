import { isObject, type JsonObject } from '../../json/json.js';
import { isNotAfter } from './date-order.js';
import { anyOf, descend, has, hasChoice, is, isDistinct, objects, textOf, textsOf } from './element.js';
import type { Rule, Rules } from './rule.js';

const entries = (bundle: JsonObject): readonly JsonObject[] => objects(bundle, 'entry');

const firstResourceIs =
  (bundleType: string, resourceType: string): Rule =>
  (bundle) => {
    const resource = entries(bundle)[0]?.['resource'];
    return !is(bundle, 'type', bundleType) || (isObject(resource) && resource['resourceType'] === resourceType);
  };

/** The part is in every entry of these types of Bundle, and in no other. */
const belongsTo =
  (part: string, ...types: readonly string[]): Rule =>
  (bundle) =>
    entries(bundle).every((entry) => has(entry, part) === is(bundle, 'type', ...types));

const versionIdOf = ({ resource }: JsonObject): string => {
  const meta = isObject(resource) ? resource['meta'] : undefined;
  return (isObject(meta) && textOf(meta, 'versionId')) || '';
};

const fullUrlsWithVersions = (bundle: JsonObject): readonly string[] =>
  entries(bundle)
    .filter((entry) => has(entry, 'fullUrl'))
    .map((entry) => `${textOf(entry, 'fullUrl') ?? ''}${versionIdOf(entry)}`);

const isNot =
  (type: string, ...names: readonly string[]): Rule =>
  (item) =>
    !is(item, 'type', type) || !anyOf(item, ...names);

const withOptions = ['choice', 'open-choice', 'decimal', 'integer', 'date', 'dateTime', 'time', 'string', 'quantity'];
const withLength = ['boolean', 'decimal', 'integer', 'string', 'text', 'url', 'open-choice'];

/** The rules of bundles, forms, orders and messages. */
export const workflowRules: Rules = {
  Appointment: {
    'app-2': (appointment) => has(appointment, 'start') === has(appointment, 'end'),
    'app-3': (appointment) =>
      (has(appointment, 'start') && has(appointment, 'end')) ||
      is(appointment, 'status', 'proposed', 'cancelled', 'waitlist'),
    'app-4': (appointment) =>
      !has(appointment, 'cancelationReason') || is(appointment, 'status', 'no-show', 'cancelled'),
  },
  'Appointment.participant': { 'app-1': (participant) => anyOf(participant, 'type', 'actor') },
  AppointmentResponse: { 'apr-1': (response) => anyOf(response, 'participantType', 'actor') },
  'AuditEvent.entity': { 'sev-1': (entity) => !has(entity, 'name') || !has(entity, 'query') },
  Bundle: {
    'bdl-1': (bundle) => !has(bundle, 'total') || is(bundle, 'type', 'searchset', 'history'),
    'bdl-2': (bundle) => is(bundle, 'type', 'searchset') || !entries(bundle).some((entry) => has(entry, 'search')),
    'bdl-3': belongsTo('request', 'batch', 'transaction', 'history'),
    'bdl-4': belongsTo('response', 'batch-response', 'transaction-response', 'history'),
    'bdl-7': (bundle) => is(bundle, 'type', 'history') || isDistinct(fullUrlsWithVersions(bundle)),
    'bdl-9': (bundle) =>
      !is(bundle, 'type', 'document') ||
      objects(bundle, 'identifier').some((identifier) => has(identifier, 'system') && has(identifier, 'value')),
    'bdl-10': (bundle) => !is(bundle, 'type', 'document') || bundle['timestamp'] !== undefined,
    'bdl-11': firstResourceIs('document', 'Composition'),
    'bdl-12': firstResourceIs('message', 'MessageHeader'),
  },
  'Bundle.entry': {
    'bdl-5': (entry) => anyOf(entry, 'resource', 'request', 'response'),
    'bdl-8': (entry) => textOf(entry, 'fullUrl')?.includes('/_history/') !== true,
  },
  'CoverageEligibilityResponse.insurance.item': {
    'ces-1': (item) => has(item, 'category') !== has(item, 'productOrService'),
  },
  List: {
    'lst-1': (list) => !has(list, 'emptyReason') || !has(list, 'entry'),
    'lst-2': (list) => is(list, 'mode', 'changes') || !objects(list, 'entry').some((entry) => has(entry, 'deleted')),
    'lst-3': (list) => is(list, 'mode', 'working') || !objects(list, 'entry').some((entry) => has(entry, 'date')),
  },
  'Parameters.parameter': {
    'inv-1': (parameter) =>
      [has(parameter, 'part'), hasChoice(parameter, 'value'), has(parameter, 'resource')].filter(Boolean).length === 1,
  },
  Questionnaire: { 'que-2': (questionnaire) => isDistinct(textsOf(descend(questionnaire, 'item'), 'linkId')) },
  'Questionnaire.item': {
    'que-1': (item) =>
      (!is(item, 'type', 'group') || has(item, 'item')) && (!is(item, 'type', 'display') || !has(item, 'item')),
    'que-3': isNot('display', 'code'),
    'que-4': (item) => !has(item, 'answerOption') || !has(item, 'answerValueSet'),
    'que-5': (item) => is(item, 'type', ...withOptions) || !anyOf(item, 'answerValueSet', 'answerOption'),
    'que-6': isNot('display', 'required', 'repeats'),
    'que-8': (item) => !is(item, 'type', 'group', 'display') || !has(item, 'initial'),
    'que-9': isNot('display', 'readOnly'),
    'que-10': (item) => is(item, 'type', ...withLength) || !has(item, 'maxLength'),
    'que-11': (item) => !has(item, 'answerOption') || !has(item, 'initial'),
    'que-12': (item) => objects(item, 'enableWhen').length <= 1 || has(item, 'enableBehavior'),
    'que-13': (item) => item['repeats'] === true || objects(item, 'initial').length <= 1,
  },
  'Questionnaire.item.enableWhen': {
    'que-7': (condition) => !is(condition, 'operator', 'exists') || has(condition, 'answerBoolean'),
  },
  'QuestionnaireResponse.item': { 'qrs-1': (item) => !has(item, 'answer') || !has(item, 'item') },
  'RequestGroup.action': { 'rqg-1': (action) => has(action, 'resource') !== has(action, 'action') },
  Task: {
    'inv-1': (task) => {
      const [authored, modified] = [textOf(task, 'authoredOn'), textOf(task, 'lastModified')];
      return authored === undefined || modified === undefined || isNotAfter(authored, modified);
    },
  },
};
