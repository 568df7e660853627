import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ConsoleConfig } from '../server/console-config.js';
import type { FhirClient } from '../server/fhir-client.js';
import type { Login, Session } from './session.js';

/** Data of the server that every page needs. */
export interface Server {
  readonly config: ConsoleConfig;
  readonly session: Session;
  readonly fhir: FhirClient;
}

export const ServerContext = createContext<Server | undefined>(undefined);

export function useServer(): Server {
  const server = useContext(ServerContext);
  if (!server) throw new Error('useServer needs ServerContext above it.');
  return server;
}

/** Name of the account of this server that is logged in; undefined for users of another authorization server. */
export function useOwnAccount(): string | undefined {
  const { config } = useServer();
  const login = useLogin();
  return login.state === 'in' && config.issuer === config.accounts ? login.tokens.user : undefined;
}

/** Who is logged in, now. */
export function useLogin(): Login {
  const { session } = useServer();
  return useSyncExternalStore(session.subscribe, session.current);
}
