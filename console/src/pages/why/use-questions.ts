import { useMayHave } from '../../login/use-right.js';
import { useServer } from '../../login/use-login.js';

/** Questions about others that the user may ask; only for what is shown, the server judges. */
export function useQuestions() {
  const { config } = useServer();
  const [users, clients] = [useMayHave('admin/User.r'), useMayHave('admin/Client.r')];
  const [policies, audit] = [useMayHave('admin/Policy.r'), useMayHave('admin/Audit.r')];
  // Users and apps are those of the server's own issuer.
  const isHere = config.accounts !== undefined && policies;
  return {
    ofUsers: isHere && users,
    ofClients: isHere && clients,
    ofRecords: isHere && audit && (users || clients),
  };
}
