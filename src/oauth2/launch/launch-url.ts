/** Address that launches an app: its launch URL with `iss` and `launch`. */
export function launchUrl(registered: string, iss: string, launch: string): string {
  const url = new URL(registered);
  url.searchParams.set('iss', iss);
  url.searchParams.set('launch', launch);
  return url.href;
}
