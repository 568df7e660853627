/** Offers what the browser has as a file. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // Browsers begin the download in a moment of their own.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export const jsonFile = (text: string): Blob => new Blob([text], { type: 'application/json' });
