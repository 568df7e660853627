import { Anchor, Button, Code, Group, List, Stack, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { pathOf } from '../../server/admin-api.js';
import { assignedWords, editable, type Policy, ruleWords } from './policy.js';
import { LazyPolicyEditor } from './lazy-policy-editor.js';
import { TrialResult, TryButton, useTrial } from './try-button.js';
import { PolicyVersions } from './policy-versions.js';

/** One policy: what it does, its versions, and what can be done with it. */
export function PolicyPage() {
  const t = useMessages();
  const { name = '' } = useParams();
  const api = useAdmin();
  const policy = useQuery({
    queryKey: ['policy', name],
    queryFn: ({ signal }) => api.get<Policy>(pathOf('policies', name), signal),
  });
  return (
    <Stack>
      <Anchor component={Link} to="/policies">
        {t('policies.all')}
      </Anchor>
      <PageTitle text={name} />
      {policy.isPending && <Loading />}
      {policy.isError && <Failure error={policy.error} again={() => void policy.refetch()} />}
      {policy.data && <Found policy={policy.data} />}
      <PolicyVersions name={name} />
    </Stack>
  );
}

function Found({ policy }: { readonly policy: Policy }) {
  const t = useMessages();
  const [text, setText] = useState<string>();
  const mayChange = useRight('admin/Policy.u');
  if (text !== undefined) {
    return (
      <LazyPolicyEditor
        name={policy.name}
        {...(policy.version !== undefined && { version: policy.version })}
        text={text}
        onChange={setText}
        saved={() => setText(undefined)}
        cancel={() => setText(undefined)}
      />
    );
  }
  return (
    <>
      <FactTable
        facts={[
          [t('policies.description'), policy.description],
          [t('policies.for'), assignedWords(policy.assignedTo, t)],
          ...(policy.version === undefined ? [] : [[t('policies.version'), String(policy.version)] as const]),
        ]}
      />
      <Title order={2} size="h4">
        {t('policies.rules')}
      </Title>
      <List className="break" type="ordered">
        {policy.rules.map((rule, at) => (
          // Rules have no names, and their order is theirs.
          <List.Item key={at}>{ruleWords(rule, t)}</List.Item>
        ))}
      </List>
      <Code block className="break" style={{ whiteSpace: 'pre-wrap' }}>
        {editable(policy)}
      </Code>
      {mayChange && (
        <Group>
          <Button variant="default" onClick={() => setText(editable(policy))}>
            {t('clients.change')}
          </Button>
        </Group>
      )}
      <RemovePolicy name={policy.name} />
    </>
  );
}

function RemovePolicy({ name }: { readonly name: string }) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const mayRemove = useRight('admin/Policy.d');
  const trial = useTrial();
  if (!mayRemove) return null;
  const remove = async (): Promise<void> => {
    await api.send('DELETE', pathOf('policies', name));
    await queries.invalidateQueries({ queryKey: ['policies'] });
    await navigate('/policies');
  };
  return (
    <>
      <Group>
        <TryButton trial={trial} label={t('policies.tryRemoval')} act={() => trial.mutate({ remove: [name] })} />
        <ConfirmButton label={t('parts.remove')} text={t('policies.remove.what')} color="red.9" act={remove} />
      </Group>
      <TrialResult trial={trial} />
    </>
  );
}
