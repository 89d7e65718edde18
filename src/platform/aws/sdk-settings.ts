import type { Agent } from 'node:https';
import process from 'node:process';
import { createTlsAgent } from './outgoing/tls-agent.js';
import type { Trust } from './trust.js';
import type { Credentials } from './credentials.js';

/** Before an SDK is loaded. Of the versions that package.json names, which run on Node 20: nobody here could act on it. */
export function silenceSdkVersionWarning(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

/** Credentials for an SDK's client; not kept by it: they are asked for before every request, as everywhere here. */
export function sdkCredentials(credentials: () => Promise<Credentials>) {
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    return {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken && { sessionToken: sessionToken.reveal() }),
      expiration: new Date(0),
    };
  };
}

/** For an SDK's request handler. */
export function sdkTrust(ca: Trust | undefined): { readonly httpsAgent?: Agent } {
  return ca === undefined ? {} : { httpsAgent: createTlsAgent(ca, { keepAlive: true }) };
}
