import { Anchor, List, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { referrersOf } from '../capability.js';
import { referencesOf } from '../../../parts/text/json-links.js';
import { useCapability } from '../use-capability.js';

interface References {
  readonly type: string;
  readonly id: string;
  readonly text: string;
  readonly base: string;
}

/** The resources that this one refers to, and searches for those that refer to it. */
export function ReferencesView({ type, id, text, base }: References) {
  const t = useMessages();
  const capability = useCapability();
  const [filter, setFilter] = useState('');
  const out = referencesOf(text, base);
  const wanted = filter.trim().toLowerCase();
  const found = referrersOf(capability.data ?? {}, type).filter(([from]) => from.toLowerCase().includes(wanted));
  return (
    <Stack>
      <Title order={2} size="h5">
        {t('references.out')}
      </Title>
      {out.length === 0 && <Text size="sm">{t('references.none')}</Text>}
      <List>
        {out.map((to) => (
          <List.Item key={to}>
            <Anchor component={Link} to={to} className="break">
              {to.slice('/data/'.length)}
            </Anchor>
          </List.Item>
        ))}
      </List>
      <Title order={2} size="h5">
        {t('references.in')}
      </Title>
      <Text size="sm">{t('references.in.what')}</Text>
      <TextInput
        label={t('data.filter')}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        maw={320}
      />
      {capability.isError && <Failure error={capability.error} again={() => void capability.refetch()} />}
      <List>
        {found.map(([from, parameter]) => (
          <List.Item key={`${from} ${parameter}`}>
            <Anchor component={Link} to={{ pathname: `/data/${from}`, hash: `${parameter}=${type}/${id}` }}>
              {from}: {parameter}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
