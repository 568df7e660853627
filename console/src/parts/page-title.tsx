import { Title } from '@mantine/core';
import { useEffect, useRef } from 'react';

/** The one h1 of a page and its title in the browser. Screen readers hear it when the page changes. */
export function PageTitle({ text }: { readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${text} – Lanyard`;
  }, [text]);
  useEffect(() => {
    // On the first page the browser reads from the top.
    if (document.activeElement !== document.body) heading.current?.focus();
  }, []);
  return (
    <Title order={1} size="h2" tabIndex={-1} ref={heading} className="break">
      {text}
    </Title>
  );
}
