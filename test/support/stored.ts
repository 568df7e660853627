import type { TestServer } from './server.js';

/** Stores new resources under their ids. Throws the answer to one that cannot be stored. */
export async function storeAll(
  server: TestServer,
  resources: readonly { readonly resourceType: string; readonly id: string }[],
): Promise<void> {
  const token = server.token('user/*.cruds');
  for (const body of resources) {
    const { status, text } = await server.call('PUT', `${body.resourceType}/${body.id}`, { token, body });
    if (status !== 201) throw new Error(text);
  }
}
