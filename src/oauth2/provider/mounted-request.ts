import type { IncomingMessage } from 'node:http';

/** The token that a request asks about, kept from oidc-provider, which would refuse a JWT. */
const judgedTokens = new WeakMap<IncomingMessage, string>();

export const judgedTokenOf = (request: IncomingMessage): string | undefined => judgedTokens.get(request);

export const keepJudgedToken = (request: IncomingMessage, token: string): unknown => judgedTokens.set(request, token);
