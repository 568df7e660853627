import type { TenantAnswer } from '../support/tenants.js';

const volatile = new Set(['date', 'x-request-id', 'keep-alive', 'connection']);

/** What a client sees of an answer, but for what is of the moment. */
export function visible({ status, headers, text }: TenantAnswer): object {
  return {
    status,
    headers: [...headers].filter(([name]) => !volatile.has(name)),
    // Page links are sealed with a nonce of their own; a bundle and a remaining time are those of the moment.
    text: text
      .replaceAll(/_cursor=[\w-]+/g, '_cursor=…')
      .replaceAll(/"id":"[0-9a-f-]{36}","meta":\{"lastUpdated":"[^"]*"\},"type":"(searchset|history)"/g, '"type":"$1"')
      .replaceAll(/"expires[^"]*":"?[^",}]*/g, '"expires…')
      .replaceAll(/"(identifier|timestamp)":"(?:urn:uuid:|\d{4}-)[^"]*"/g, '"$1":"…"'),
  };
}
