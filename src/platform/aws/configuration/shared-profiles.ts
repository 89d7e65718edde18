import type { IniFile } from './ini-file.js';

export type Section = ReadonlyMap<string, string>;

/** Access keys as they are written down, whole or not, and where. */
export interface WrittenKeys {
  readonly place: string;
  readonly id: string | undefined;
  readonly secret: string | undefined;
  readonly token: string | undefined;
}

/** The two files that AWS's tools share, as one set of profiles. */
export class SharedProfiles {
  readonly config: IniFile;
  readonly #credentials: IniFile;
  readonly paths: { readonly config: string; readonly credentials: string };

  constructor(
    files: { readonly config: IniFile; readonly credentials: IniFile },
    paths: { readonly config: string; readonly credentials: string },
  ) {
    this.config = files.config;
    this.#credentials = files.credentials;
    this.paths = paths;
  }

  has(profile: string): boolean {
    return this.#configured(profile) !== undefined || this.#credentials.has(profile);
  }

  /** Of both files; what the credentials file says comes first. Empty when there is no such profile. */
  settings(profile: string): Section {
    return new Map([...(this.#configured(profile) ?? []), ...(this.#credentials.get(profile) ?? [])]);
  }

  /** Of the credentials file, else of the config file; undefined when neither has any. */
  keys(profile: string): WrittenKeys | undefined {
    for (const [path, section] of [
      [this.paths.credentials, this.#credentials.get(profile)],
      [this.paths.config, this.#configured(profile)],
    ] as const) {
      const id = section?.get('aws_access_key_id');
      const secret = section?.get('aws_secret_access_key');
      if ((id ?? secret) === undefined) continue;
      return { place: `profile "${profile}" of ${path}`, id, secret, token: section?.get('aws_session_token') };
    }
    return undefined;
  }

  #configured(profile: string): Section | undefined {
    return this.config.get(`profile ${profile}`) ?? (profile === 'default' ? this.config.get('default') : undefined);
  }
}
