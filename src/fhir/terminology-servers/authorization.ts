import { fetchDocument, type PostedForm } from '../../auth/keys/bounded-fetch.js';
import { signAssertion } from '../../auth/keys/sign-assertion.js';
import type { TerminologyServerSettings } from '../../config/foreign/terminology-server.js';

/** Seconds before its end that a token is not used any more. */
const margin = 30;
/** Seconds that a token counts whose end is not said. */
const usualLife = 300;

/** Credentials for another server: a token of the settings, a name with a password, or a token that this server fetches. */
export class Authorization {
  private fetched: { readonly token: string; readonly until: number } | undefined;

  constructor(private readonly settings: TerminologyServerSettings) {}

  async header(signal: AbortSignal): Promise<{ readonly authorization?: string }> {
    const { token, user, password = '', client } = this.settings;
    if (token !== undefined) return { authorization: `Bearer ${token}` };
    if (user !== undefined) return { authorization: `Basic ${base64(`${user}:${password}`)}` };
    return client ? { authorization: `Bearer ${await this.token(client, signal)}` } : {};
  }

  /** A token that was refused is fetched anew. */
  forget(): void {
    this.fetched = undefined;
  }

  private async token(client: Client, signal: AbortSignal): Promise<string> {
    if (this.fetched && Date.now() < this.fetched.until) return this.fetched.token;
    const { document } = await fetchDocument(client.tokenUrl, signal, await formFor(client));
    const { access_token: token, expires_in: seconds } = document;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
      throw new Error(`${client.tokenUrl} answered without a token`);
    const life = typeof seconds === 'number' ? seconds : usualLife;
    this.fetched = { token, until: Date.now() + (life - margin) * 1000 };
    return token;
  }
}

type Client = NonNullable<TerminologyServerSettings['client']>;

/** https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2, and https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html */
async function formFor(client: Client): Promise<PostedForm> {
  const { clientId, clientSecret = '', clientAuthentication, privateKey, scope, tokenUrl } = client;
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) });
  if (privateKey) {
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const key = typeof privateKey === 'function' ? privateKey() : privateKey;
    body.set('client_assertion', await signAssertion(key, clientId, tokenUrl));
    return { body, headers: {} };
  }
  if (clientAuthentication === 'client_secret_basic') {
    const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    return { body, headers: { authorization: `Basic ${base64(credentials)}` } };
  }
  body.set('client_id', clientId);
  body.set('client_secret', clientSecret);
  return { body, headers: {} };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
