import { Accordion, Code, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { DiffView } from '../../parts/text/diff-view.js';
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
  const contents = new Map((history.data?.versions ?? []).map(({ version, content }) => [version, content]));
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
              <Stack gap="xs">
                {contents.has(version - 1) && (
                  <>
                    <Text size="sm" fw={600}>
                      {t('policies.diff', { version: version - 1 })}
                    </Text>
                    <DiffView from={textOf(contents.get(version - 1))} to={textOf(content)} />
                  </>
                )}
                <Code block className="break" style={{ whiteSpace: 'pre-wrap' }}>
                  {content === undefined ? t('policies.noContent') : textOf(content)}
                </Code>
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </>
  );
}

const textOf = (content: Version['content']): string => (content === undefined ? '' : JSON.stringify(content, null, 2));
