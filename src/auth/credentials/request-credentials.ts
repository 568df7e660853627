import type { CredentialSource } from './credentials.js';
import type { Principal } from '../principal.js';

/** The common part of Express and Fastify requests; Fastify keeps Node's request in `raw`. */
export interface AuthenticatedRequest {
  principal?: Principal;
  user?: Principal;
  /** Findings of the strategies of a guard, set by Passport. */
  authInfo?: unknown;
  readonly raw?: NodeRequest;
  readonly ip?: string;
  /** The address before any mount path was cut off. */
  readonly originalUrl?: string;
  /** Application that received the request (Express). */
  readonly app?: object;
  /** Application that received the request (Fastify). */
  readonly server?: object;
}

interface NodeRequest {
  readonly rawHeaders: readonly string[];
  readonly url?: string;
  readonly method?: string;
  readonly socket: { readonly remoteAddress?: string };
}

/** Reads credentials the same way whatever HTTP adapter an application has. */
export function credentialSource(request: AuthenticatedRequest): CredentialSource {
  const node = request.raw ?? (request as unknown as NodeRequest);
  return {
    rawHeaders: node.rawHeaders,
    url: request.originalUrl ?? node.url ?? '/',
    method: node.method ?? 'GET',
    remoteAddress: request.ip ?? node.socket.remoteAddress ?? '',
  };
}
