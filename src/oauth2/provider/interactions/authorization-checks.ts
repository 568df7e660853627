import { Inject, Injectable } from '@nestjs/common';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { OauthClients } from '../../clients/oauth-client.js';
import { Launches } from '../../launch/launch-context.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { mostScopes, mostWildcards, scopesWithinCeiling } from '../../scopes/offered-scopes.js';
import { describeReason } from '../explain-error.js';
import { sameUrl } from '../../clients/same-url.js';
import { errors } from '../oidc-library.js';
import { ResourceServers } from '../tokens/resource-servers.js';

/** Checks that SMART App Launch 2.2 adds to an authorization request; they run after that of the redirect URI. */
@Injectable()
export class AuthorizationChecks {
  /** Parameters that are ours, with what has to be true of them; oidc-provider asks also when they are absent. */
  readonly parameters = {
    aud: async ({ oidc }: KoaContextWithOIDC, aud: string | undefined): Promise<void> => {
      const { resource, ...others } = oidc.params ?? {};
      requireText({ resource, ...others });
      await this.checkServer(aud, resource);
    },
    launch: async ({ oidc }: KoaContextWithOIDC, launch: string | undefined, client: Client): Promise<void> => {
      const asked = [...oidc.requestParamScopes];
      await this.checkScopes(asked, client.clientId);
      await this.checkLaunch(asked, launch, client.clientId);
      this.checkLaunchServer(launch, oidc.params?.['resource']);
    },
  };

  constructor(
    private readonly launches: Launches,
    private readonly clients: OauthClients,
    private readonly servers: ResourceServers,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** A token is for one server, and the app has to know which. */
  private async checkServer(aud: string | undefined, resource: unknown): Promise<void> {
    const { fhirBase } = this.options;
    const cure = `send aud=${fhirBase}, or the base of a server that is registered here`;
    if (aud === undefined) throw new errors.InvalidRequest(describeReason('aud-missing', `aud is missing; ${cure}`));
    const server = await this.servers.find(aud);
    if (server === undefined) throw mismatch(`aud names a server that is not known here; ${cure}`);
    if (resource !== undefined && (typeof resource !== 'string' || !sameUrl(resource, server)))
      throw mismatch('aud and resource name different servers, and a token is for one');
  }

  /** An EHR launch is about data of this server. */
  private checkLaunchServer(launch: string | undefined, resource: unknown): void {
    if (launch === undefined || typeof resource !== 'string' || this.servers.isOwn(resource)) return;
    throw mismatch(`the launch is one of ${this.options.fhirBase}, and aud names another server`);
  }

  private async checkScopes(asked: readonly string[], clientId: string): Promise<void> {
    const given = asked.filter((scope) => scope !== '');
    const client = await this.clients.find(clientId);
    if (given.length > mostScopes) throw tooMany(`${mostScopes} scopes`);
    if (given.filter((scope) => scope.includes('/*.')).length > mostWildcards) {
      throw tooMany(`${mostWildcards} scopes for all types`);
    }
    if (client && scopesWithinCeiling(given, client).length > 0) return;
    throw scopeRefused(given, client?.scopes ?? []);
  }

  private async checkLaunch(asked: readonly string[], launch: string | undefined, clientId: string): Promise<void> {
    if (launch === undefined) {
      if (asked.includes('launch')) throw launchRefused('the scope launch needs the launch value that the EHR gave');
      return;
    }
    if (await this.launches.find(launch, clientId)) return;
    throw launchRefused('the launch value is unknown, expired, used, or of another app');
  }
}

/** RFC 6749 appendix A. What is kept until the user has decided has to be text that PostgreSQL takes. */
function requireText(parameters: Readonly<Record<string, unknown>>): void {
  const [name] = Object.entries(parameters).find(([, value]) => String(value).includes('\0')) ?? [];
  if (name !== undefined) throw new errors.InvalidRequest(`${name} contains the character NUL`);
}

const tooMany = (what: string): Error =>
  new errors.InvalidScope(`more than ${what} are asked for: name only what the app needs`, '');

const mismatch = (fact: string): Error => new errors.InvalidTarget(describeReason('aud-mismatch', fact));

const launchRefused = (fact: string): Error => new errors.InvalidRequest(describeReason('launch-invalid', fact));

/** Error for a request that asks for no scope, or for none that is registered. */
export function scopeRefused(asked: readonly string[], registered: readonly string[]): Error {
  const fact = asked.length === 0 ? 'scope is missing' : 'none of these scopes is within the registration';
  const ceiling = `it is ${registered.join(' ') || 'empty'}`;
  return new errors.InvalidScope(describeReason('scope-not-registered', `${fact}; ${ceiling}`), asked.join(' '));
}
