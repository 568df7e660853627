import { AnswerRefused, FhirClient, type TokenSource } from './fhir-client.js';

/** Administration of the server below one address, as JSON (docs/administration.md). */
export class AdminApi {
  private readonly client: FhirClient;
  private readonly headers: Readonly<Record<string, string>>;

  /** `language`: of the texts that the server has in several. */
  constructor(base: string, tokens: TokenSource, language?: string) {
    this.client = new FhirClient(base, tokens);
    this.headers = { accept: 'application/json', ...(language !== undefined && { 'accept-language': language }) };
  }

  /** Throws as {@link FhirClient.ask} does. */
  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.client.ask<T>({ path, headers: this.headers, ...(signal && { signal }) });
  }

  /** An answer that is no JSON. Throws as {@link FhirClient.ask} does. */
  async text(path: string, accept: string, signal: AbortSignal): Promise<string> {
    const answer = await this.client.send({ path, headers: { accept }, signal });
    if (answer.status !== 200) throw new AnswerRefused(answer);
    return answer.text;
  }

  /** `form` is sent as JSON; undefined sends no body. Throws as {@link FhirClient.ask} does. */
  send<T>(method: string, path: string, form?: unknown, more: Readonly<Record<string, string>> = {}): Promise<T> {
    const headers = { ...this.headers, ...more };
    if (form === undefined) return this.client.ask<T>({ method, path, headers });
    return this.client.ask<T>({
      method,
      path,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(form),
    });
  }

  /** Sends a file as it is. Throws as {@link FhirClient.ask} does. */
  upload<T>(path: string, file: Blob, type: string): Promise<T> {
    return this.client.ask<T>({
      method: 'POST',
      path,
      headers: { ...this.headers, 'content-type': type },
      body: file,
    });
  }
}

export const pathOf = (...parts: readonly string[]): string => parts.map(encodeURIComponent).join('/');
