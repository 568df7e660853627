import { useMemo } from 'react';
import { useMessages } from '../messages/messages.js';
import { AdminApi } from '../server/admin-api.js';
import { useServer } from './use-login.js';

/** The server itself: its jobs, packages, extensions. */
export function useServerAdmin(): AdminApi {
  const { config, session } = useServer();
  const { language } = useMessages();
  return useMemo(() => new AdminApi(config.admin, session, language), [config, session, language]);
}

/** Users, apps and policies of this server: they are administered below its own issuer. */
export function useAdmin(): AdminApi {
  const { config, session } = useServer();
  return useMemo(() => new AdminApi(config.accounts ?? config.admin, session), [config, session]);
}
