import type { Answer } from './answer.js';
import type { Resource } from './resources.js';

/** Parts of a call beside method and path. */
export interface CallOptions {
  /** JSON unless it is text; `Content-Type` is FHIR JSON unless `headers` say otherwise. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type CallWithToken = (
  method: string,
  path: string,
  options: CallOptions & { readonly token: string },
) => Promise<Answer>;

/** Criteria and other parameters of a search, written or by name. */
export type SearchQuery = string | Readonly<Record<string, string>>;

/** A caller with one token on one test server. Refusals are answers, not errors. */
export class TestClient {
  constructor(
    private readonly send: CallWithToken,
    readonly token: string,
  ) {}

  read(type: string, id: string): Promise<Answer> {
    return this.call('GET', `${type}/${id}`);
  }

  search(type: string, query: SearchQuery = ''): Promise<Answer> {
    const parameters = new URLSearchParams(query).toString();
    return this.call('GET', parameters === '' ? type : `${type}?${parameters}`);
  }

  create(resource: Resource): Promise<Answer> {
    return this.call('POST', resource.resourceType, { body: resource });
  }

  /** PUT to the resource's own id. */
  update(resource: Resource): Promise<Answer> {
    return this.call('PUT', `${resource.resourceType}/${String(resource.id)}`, { body: resource });
  }

  delete(type: string, id: string): Promise<Answer> {
    return this.call('DELETE', `${type}/${id}`);
  }

  /** `address`: such as `Patient/p1/$hello`. GET without `input`; POST with it: Parameters, or the resource alone. */
  operation(address: string, input?: Resource): Promise<Answer> {
    return input === undefined ? this.call('GET', address) : this.call('POST', address, { body: input });
  }

  /** Any request. `path` is below the FHIR base unless it starts with a slash. */
  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return this.send(method, path, { ...options, token: this.token });
  }
}
