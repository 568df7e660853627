import { Button, Group, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { Link } from 'react-router';
import { useMessages } from '../messages/messages.js';
import { PageTitle } from './page-title.js';

interface NewFormParts {
  /** Title of the page, and text of the button. */
  readonly title: string;
  readonly onSubmit: () => void;
  readonly isPending: boolean;
  /** Where the list is, for who makes nothing. */
  readonly list: string;
  /** Fields, and what went wrong. */
  readonly children: ReactNode;
}

/** The page on which one thing is made by a form. */
export function NewForm({ title, onSubmit, isPending, list, children }: NewFormParts) {
  const t = useMessages();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Stack maw={720}>
      <PageTitle text={title} />
      <form onSubmit={submit}>
        <Stack>
          {children}
          <Group>
            <Button type="submit" loading={isPending}>
              {title}
            </Button>
            <Button variant="default" component={Link} to={list}>
              {t('parts.cancel')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}
