import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { NeedsLogin } from '../../login/needs-login.js';
import { scopesAt } from '../../login/page-scopes.js';
import { covers, isResourceScope } from '../../login/rights.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import type { Parameters } from '../../server/parameters.js';
import { AccessMatrix } from './access-matrix.js';
import { readMyAccess } from './my-access.js';

/** Permissions of the caller, type by type. */
export function MyAccessView() {
  return (
    <NeedsLogin rights={[]} scopes={scopesAt('data')} isPart>
      <Mine />
    </NeedsLogin>
  );
}

function Mine() {
  const t = useMessages();
  const { fhir, session } = useServer();
  const mine = useQuery({
    queryKey: ['my-access'],
    queryFn: async ({ signal }) => readMyAccess(await fhir.ask<Parameters>({ path: '$my-access', signal })),
  });
  if (mine.isError) return <Failure error={mine.error} again={() => void mine.refetch()} />;
  if (!mine.data) return <Loading />;
  const { scopes, administers } = mine.data;
  const more = session
    .mayHave()
    .filter((scope) => isResourceScope(scope) && !covers([...scopes, ...administers], scope));
  return (
    <>
      <AccessMatrix access={mine.data} empty={t('mine.nothing')} />
      {more.length > 0 && (
        <Text size="sm" mt="md">
          {t('mine.more')} <span className="code">{[...new Set(more)].join(' ')}</span>
        </Text>
      )}
    </>
  );
}
