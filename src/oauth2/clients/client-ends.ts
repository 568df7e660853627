import { Inject, Injectable } from '@nestjs/common';
import { Revocations } from '../../auth/accounts/revocations.js';
import { OauthClientRepository } from '../storage/oauth-client.repository.js';

/** Injection token of the {@link ClientEnds}. */
export const CLIENT_ENDS = Symbol('CLIENT_ENDS');

/** Ends what users let a client do: told when it is removed or disabled. */
export interface ClientEnds {
  /** Ends every grant of the client; its access and refresh tokens die. */
  endGrantsOf(clientId: string): Promise<void>;
}

/** Ends all tokens of a client, those for users and those for itself: here at once, everywhere within seconds. */
@Injectable()
export class ClientTokens {
  constructor(
    private readonly stored: OauthClientRepository,
    private readonly revocations: Revocations,
    @Inject(CLIENT_ENDS) private readonly ends: ClientEnds,
  ) {}

  /** Removes the client with them; false when there is none. */
  async endWithClient(id: string): Promise<boolean> {
    const session = await this.stored.remove(id, this.revocations.sessionSeconds());
    await this.end(id, session);
    return session !== undefined;
  }

  /** The client stays. */
  async endAllOf(id: string): Promise<void> {
    await this.end(id, await this.stored.renewMachineSession(id, this.revocations.sessionSeconds()));
  }

  private async end(id: string, machineSession: string | undefined): Promise<void> {
    if (machineSession !== undefined) this.revocations.rememberSessions([machineSession]);
    await this.ends.endGrantsOf(id);
  }
}
