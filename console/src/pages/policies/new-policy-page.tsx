import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useMessages } from '../../messages/messages.js';
import { PageTitle } from '../../parts/page-title.js';
import { newPolicy, pathToPolicy } from './policy.js';
import { LazyPolicyEditor } from './lazy-policy-editor.js';

export function NewPolicyPage() {
  const t = useMessages();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [text, setText] = useState(newPolicy);
  return (
    <Stack maw={720}>
      <PageTitle text={t('policies.add')} />
      <LazyPolicyEditor
        name={name.trim()}
        text={text}
        onChange={setText}
        saved={(policy) => void navigate(pathToPolicy(policy.name))}
        cancel={() => void navigate('/policies')}
      >
        <TextInput
          label={t('clients.name')}
          description={t('policies.name.what')}
          required
          maw={420}
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
      </LazyPolicyEditor>
    </Stack>
  );
}
