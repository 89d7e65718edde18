import { readFileSync } from 'node:fs';

/** Version of this package. */
export function version(): string {
  // From dist/apps/cli and from src/apps/cli alike.
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
