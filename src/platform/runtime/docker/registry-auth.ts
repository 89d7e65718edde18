import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../aws/secret.js';

/** Docker Hub's name in `config.json`. */
const HUB = 'https://index.docker.io/v1/';

/**
 * `user:password` for the registry of an image, of Docker's `config.json` in `directory`; undefined without one. What a
 * credential helper keeps is not looked for.
 */
export function registryAuth(image: string, directory: string): Secret | undefined {
  let auths: Readonly<Record<string, { readonly auth?: string }>>;
  try {
    const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as { auths?: typeof auths };
    auths = config.auths ?? {};
  } catch {
    return undefined;
  }
  const registry = registryOf(image);
  const names = registry === undefined ? [HUB, 'docker.io'] : [registry, `https://${registry}`];
  const auth = names.map((name) => auths[name]?.auth).find((value) => value !== undefined && value !== '');
  return auth === undefined ? undefined : new Secret(Buffer.from(auth, 'base64').toString('utf8'));
}

/** The first part of a name is a registry when it looks like a host; undefined: Docker Hub. */
export function registryOf(image: string): string | undefined {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
}
