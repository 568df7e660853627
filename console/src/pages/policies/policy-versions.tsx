import { Accordion, Code, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { Moment } from '../../parts/moment.js';
import { pathOf } from '../../server/admin-api.js';
import type { Version } from './policy.js';

/** Every version of a policy, with its author and time. */
export function PolicyVersions({ name }: { readonly name: string }) {
  const t = useMessages();
  const api = useAdmin();
  const history = useQuery({
    queryKey: ['policy-history', name],
    queryFn: ({ signal }) =>
      api.get<{ readonly versions: readonly Version[] }>(`${pathOf('policies', name)}/history`, signal),
  });
  return (
    <>
      <Title order={2} size="h4">
        {t('policies.versions')}
      </Title>
      {history.isError && <Failure error={history.error} again={() => void history.refetch()} />}
      <Accordion variant="contained" order={3}>
        {(history.data?.versions ?? []).map(({ version, changedBy, changedAt, removed, content }) => (
          <Accordion.Item key={version} value={String(version)}>
            <Accordion.Control>
              <Text span className="break">
                {t(removed === true ? 'policies.removedBy' : 'policies.changedBy', { version, who: changedBy })},{' '}
                <Moment instant={changedAt} />
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <Code block className="break" style={{ whiteSpace: 'pre-wrap' }}>
                {content === undefined ? t('policies.noContent') : JSON.stringify(content, null, 2)}
              </Code>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </>
  );
}
