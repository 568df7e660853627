/** An AuditEvent, as far as it is shown (https://hl7.org/fhir/R4/auditevent.html). */
export interface AuditEvent {
  readonly id: string;
  readonly recorded: string;
  readonly type?: Coding;
  readonly subtype?: readonly Coding[];
  readonly action?: string;
  readonly outcome?: string;
  readonly outcomeDesc?: string;
  readonly agent?: readonly Agent[];
  readonly entity?: readonly Entity[];
  readonly purposeOfEvent?: readonly { readonly text?: string; readonly coding?: readonly Coding[] }[];
}

interface Coding {
  readonly code?: string;
  readonly display?: string;
}
interface Reference {
  readonly reference?: string;
  readonly identifier?: { readonly value?: string };
}
interface Agent {
  readonly altId?: string;
  readonly name?: string;
  readonly who?: Reference;
  readonly network?: { readonly address?: string };
}
interface Entity {
  readonly name?: string;
  readonly what?: Reference;
  readonly query?: string;
  readonly type?: Coding;
}

export interface AuditBundle {
  readonly entry?: readonly { readonly resource?: AuditEvent & { readonly resourceType: string } }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

export const eventsOf = ({ entry = [] }: AuditBundle): readonly AuditEvent[] =>
  entry.flatMap(({ resource }) => (resource?.resourceType === 'AuditEvent' ? [resource] : []));

export const nextOf = ({ link = [] }: AuditBundle): string | undefined =>
  link.find(({ relation }) => relation === 'next')?.url;

export const outcomes = ['0', '4', '8', '12'] as const;
export const actions = ['C', 'R', 'U', 'D', 'E'] as const;

/** Search criteria; empty: anything. Times are those of an input, in the zone of the browser. */
export interface AuditFilter {
  readonly who: string;
  readonly action: string;
  readonly outcome: string;
  readonly from: string;
  readonly to: string;
  readonly request: string;
  /** `1`: only those of a broken glass. */
  readonly glass: string;
  /** `1`: only acts of administration. */
  readonly acts: string;
  /** A reference such as Patient/p1. */
  readonly entity: string;
}

const filterNames = ['who', 'action', 'outcome', 'from', 'to', 'request', 'glass', 'acts', 'entity'] as const;

/** `AuditEvent.subtype` of administration, consents and launches (DICOM: User security Attributes Changed). */
const changedRights = 'http://dicom.nema.org/resources/ontology/DCM|110137';

/** Value of `agent.policy` in the AuditEvent of a broken glass (docs/consent-and-labels.md). */
const brokenGlass = 'urn:lanyard:purpose:BTG';

export const filterOf = (query: URLSearchParams): AuditFilter =>
  Object.fromEntries(filterNames.map((name) => [name, query.get(name) ?? ''])) as unknown as AuditFilter;

/** The filter in the address of the page, after `#`: users and patients stand in no log. */
export const hashOf = (filter: AuditFilter): string =>
  new URLSearchParams(filterNames.filter((name) => filter[name] !== '').map((name) => [name, filter[name]])).toString();

export const pathToEvents = (filter: Partial<AuditFilter>): string =>
  `/operations/audit#${hashOf({ ...filterOf(new URLSearchParams()), ...filter })}`;

const eventsOfPage = '50';

/** The search of a filter, the newest first. */
export function searchOf({ who, action, outcome, from, to, request, glass, acts, entity }: AuditFilter): string {
  const pairs: readonly (readonly [string, string])[] = [
    ['agent:identifier', escaped(who)],
    ['action', action],
    ['outcome', outcome],
    ['date', instantOf('ge', from)],
    ['date', instantOf('le', to)],
    ['entity:identifier', escaped(request)],
    ['policy', glass === '' ? '' : brokenGlass],
    ['subtype', acts === '' ? '' : changedRights],
    ['entity', escaped(entity)],
  ];
  const given = pairs.filter(([, value]) => value !== '').map(([name, value]) => [name, value] as [string, string]);
  return `AuditEvent?${new URLSearchParams([...given, ['_sort', '-date'], ['_count', eventsOfPage]]).toString()}`;
}

/** A value stands for itself (https://hl7.org/fhir/R4/search.html#escaping). */
const escaped = (value: string): string => value.trim().replace(/[\\,|$]/g, String.raw`\$&`);

function instantOf(prefix: 'ge' | 'le', local: string): string {
  const at = new Date(local);
  return local === '' || Number.isNaN(at.getTime()) ? '' : prefix + at.toISOString();
}

const agentOf = ({ agent = [] }: AuditEvent, part: string): Agent | undefined =>
  agent.find(({ altId }) => altId === part);

/** User and client, as far as they are known. */
export function whoOf(event: AuditEvent): string {
  const user = agentOf(event, 'user');
  const client = agentOf(event, 'client')?.who?.identifier?.value;
  return [user?.name ?? user?.who?.identifier?.value, client].filter((part) => part !== undefined).join(', ');
}

export const addressOf = (event: AuditEvent): string => agentOf(event, 'client')?.network?.address ?? '';

export const whatOf = ({ subtype = [], type }: AuditEvent): string =>
  subtype[0]?.display ?? subtype[0]?.code ?? type?.display ?? type?.code ?? '';

/** Resources and other things that an event is about. */
export const aboutOf = ({ entity = [] }: AuditEvent): readonly string[] =>
  entity.flatMap(({ name, what, type }) =>
    type?.code === 'XrequestId' ? [] : [what?.reference ?? name].filter((one) => one !== undefined),
  );

export const requestIdOf = ({ entity = [] }: AuditEvent): string | undefined =>
  entity.find(({ type }) => type?.code === 'XrequestId')?.what?.identifier?.value;

/** The request line; undefined for an event without one. */
export function lineOf({ entity = [] }: AuditEvent): string | undefined {
  const query = entity.find((one) => one.query !== undefined)?.query;
  if (query === undefined) return undefined;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(query), (char) => char.charCodeAt(0)));
  } catch {
    return query;
  }
}

/** Purpose of the request, with the reason that its user gave. */
export const purposeIn = ({ purposeOfEvent = [] }: AuditEvent): string =>
  purposeOfEvent
    .map(({ text, coding }) => [coding?.[0]?.display ?? coding?.[0]?.code, text])
    .map((parts) => parts.filter((part) => part !== undefined).join(': '))
    .join(', ');
