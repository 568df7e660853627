import { Inject, Injectable } from '@nestjs/common';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { UserAccount } from '../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import { MfaRepository, type NewPasskey, type StoredPasskey } from '../storage/mfa.repository.js';

/** Loaded when somebody has a passkey: few servers need it, and it brings certificates and ASN.1 along. */
const webAuthn = () => import('@simplewebauthn/server');

/** Answer of a browser to a challenge. */
export interface PasskeyAnswer {
  readonly response: string;
  /** The challenge that was sent; used once. */
  readonly challenge: string;
}

/** Passkeys and security keys as a second factor: https://www.w3.org/TR/webauthn-3/ */
@Injectable()
export class Passkeys {
  private readonly origin: string;
  private readonly rpID: string;

  constructor(
    private readonly stored: MfaRepository,
    @Inject(LOCAL_AUTH_OPTIONS) { issuer }: LocalAuthOptions,
  ) {
    ({ origin: this.origin, hostname: this.rpID } = new URL(issuer));
  }

  async startRegistration(account: UserAccount): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const { generateRegistrationOptions } = await webAuthn();
    const known = await this.stored.passkeys(account.id);
    return generateRegistrationOptions({
      rpName: this.rpID,
      rpID: this.rpID,
      userName: account.name,
      userID: new TextEncoder().encode(account.id),
      excludeCredentials: known.map(idOf),
      authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
    });
  }

  /** The passkey, proved to be in the user's hands; undefined when the answer is none to this challenge. */
  async readRegistration({ response, challenge }: PasskeyAnswer, label: string): Promise<NewPasskey | undefined> {
    const { verifyRegistrationResponse } = await webAuthn();
    const verified = await orUndefined(async () =>
      verifyRegistrationResponse({
        response: JSON.parse(response) as RegistrationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: this.origin,
        expectedRPID: this.rpID,
        requireUserVerification: false,
      }),
    );
    if (!verified?.verified) return undefined;
    const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential;
    return { credentialId: id, publicKey: Buffer.from(publicKey), counter, transports, label };
  }

  async startLogin(account: UserAccount): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await webAuthn();
    const known = await this.stored.passkeys(account.id);
    return generateAuthenticationOptions({
      rpID: this.rpID,
      allowCredentials: known.map(idOf),
      userVerification: 'preferred',
    });
  }

  /** True if one of the account's passkeys signed this challenge. */
  async isLogin(account: UserAccount, { response, challenge }: PasskeyAnswer): Promise<boolean> {
    const answer = await orUndefined(async () => JSON.parse(response) as AuthenticationResponseJSON);
    const passkey = (await this.stored.passkeys(account.id)).find(({ credentialId }) => credentialId === answer?.id);
    if (!answer || !passkey) return false;
    const { verifyAuthenticationResponse: verify } = await webAuthn();
    const verified = await orUndefined(() => verify(this.questionOf(answer, challenge, passkey)));
    if (!verified?.verified) return false;
    await this.stored.notePasskeyUse(passkey.credentialId, verified.authenticationInfo.newCounter);
    return true;
  }

  private questionOf(response: AuthenticationResponseJSON, expectedChallenge: string, passkey: StoredPasskey) {
    return {
      response,
      expectedChallenge,
      expectedOrigin: this.origin,
      expectedRPID: this.rpID,
      requireUserVerification: false,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(passkey.publicKey),
        counter: passkey.counter,
        transports: [...passkey.transports],
      },
    };
  }
}

const idOf = ({ credentialId, transports }: StoredPasskey) => ({ id: credentialId, transports: [...transports] });

/** The library throws for whatever is wrong with an answer; here that is one thing: no proof. */
async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
