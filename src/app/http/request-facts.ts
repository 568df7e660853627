import type { FastifyReply } from 'fastify';
import { basePath, issuerPath } from '../module-options.js';
import type { FhirRequest } from '../../fhir/http/fhir-request.js';
import { type Interaction, parseInteraction } from '../../r4/rest/interaction.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import { reasonsOf, type RequestFacts } from '../../observability/request-facts.js';

/** Facts about an answered request for logs and metrics. */
export function requestFacts(request: FhirRequest, reply: FastifyReply, traceId?: string): RequestFacts {
  const route = request.routeOptions.url ?? '';
  const reasons = reasonsOf(request);
  const clientId = request.principal?.clientId;
  return {
    requestId: request.id,
    method: request.method,
    route,
    ...subjectOf(request, route, reply.statusCode),
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 100) / 100,
    ...(traceId !== undefined && { traceId }),
    ...(clientId !== undefined && { clientId: clientId.slice(0, longestClientId) }),
    ...(reasons && { reasons }),
  };
}

const longestClientId = 200;

type Subject = Pick<RequestFacts, 'interaction' | 'type'>;

function subjectOf(request: FhirRequest, route: string, status: number): Subject {
  if (request.interaction) return subjectOfInteraction(request.interaction);
  const found = beside.find(([start]) => route.startsWith(start));
  if (found) return { interaction: found[1], type: '' };
  const [path = ''] = request.url.split('?', 1);
  if (!path.startsWith(basePath)) return { interaction: 'other', type: '' };
  // A caller without a valid token must not choose labels.
  if (status === 401 || status === 429) return { interaction: 'none', type: '' };
  const asked = parseInteraction(request.method, path.slice(basePath.length + 1), new URLSearchParams());
  const isNamed = asked.kind !== 'none' && asked.kind !== 'operation';
  return isNamed ? subjectOfInteraction(asked) : { interaction: asked.kind, type: typeLabel(asked.type) };
}

/** Routes that are no interaction of R4. */
const beside: readonly (readonly [start: string, label: string])[] = [
  [`${issuerPath}/`, 'oauth'],
  ['/health/', 'health'],
  ...['login', 'refresh', 'logout', 'revoke'].map((word) => [`${basePath}/${word}`, word] as const),
];

/** Operations that got this far are offered, so their names are few. */
const subjectOfInteraction = ({ kind, operation, type, member }: Interaction): Subject => ({
  interaction: operation === undefined ? kind : `$${operation}`,
  type: typeLabel(member === undefined || member === '*' ? type : member),
});

const typeLabel = (type: string | undefined): string =>
  type === undefined ? '' : isResourceType(type) ? type : 'other';
