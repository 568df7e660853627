import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OauthClients } from '../../clients/oauth-client.js';
import { OauthRefreshTokens } from './oauth-refresh-tokens.js';

const credentials = ['client_id', 'client_secret', 'client_assertion'];

/**
 * RFC 6749 6 asks a public client for nothing but its refresh token, and the SMART JavaScript client sends nothing else; which
 * client that is, the token knows. Confidential clients still have to prove who they are.
 */
@Injectable()
export class PublicRefresh {
  constructor(
    private readonly refreshTokens: OauthRefreshTokens,
    private readonly clients: OauthClients,
  ) {}

  /** The form, with the `client_id` that it leaves out. */
  async name({ headers }: FastifyRequest, text: string): Promise<string> {
    const form = new URLSearchParams(text);
    const [token, ...others] = form.getAll('refresh_token');
    if (form.get('grant_type') !== 'refresh_token' || token === undefined || others.length > 0) return text;
    if (headers.authorization !== undefined || credentials.some((name) => form.has(name))) return text;
    const grant = await this.refreshTokens.grantOf(token);
    const client = grant && (await this.clients.find(grant.clientId));
    if (client?.kind !== 'public') return text;
    form.set('client_id', client.id);
    return form.toString();
  }
}
