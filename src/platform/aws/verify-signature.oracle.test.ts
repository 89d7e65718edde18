import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caller, now, region, temporary, verify } from './access-keys.fixture.js';
import type { Secret } from './secret.js';
import type { WireRequest } from './sigv4/wire-request.js';

describe('agrees with the signer of the AWS SDK for JavaScript', () => {
  const segment = fc.oneof(
    fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
    fc.constantFrom('', '.', '..', "a:b@c!d$e'f(g)h*i+j,k;l=m&n", '%2F', '%7E', '~', 'a%20b', '%E1%88%B4'),
  );
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a b', 'a+b', "!'()*", '~-._', 'ü&=%/?'));
  // The oracle collects parameters in a plain object, which loses this one.
  const parameter = text.filter((name) => name !== '__proto__');
  const headerName = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).map((name) => `x-${name}`);
  const headerValue = fc.stringMatching(/^[ \t!-~]{0,20}$/);

  test.each(['ecs', 's3'])('in header form for %s', async (service) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { maxLength: 5 }),
        fc.dictionary(parameter, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })), { maxKeys: 4 }),
        fc.dictionary(headerName, headerValue, { maxKeys: 3 }),
        fc.string({ unit: 'grapheme' }),
        async (segments, query, headers, content) => {
          // S3 signs the path as it is: only what a client would have encoded.
          const path = `/${segments.filter((one) => service !== 's3' || /^[\w.~%-]*$/.test(one.replace(/%7E/g, ''))).join('/')}`;
          if (service === 's3' && /%7E/.test(path)) return;
          const signer = new SignatureV4({
            credentials: smithy(temporary),
            region,
            service,
            sha256: Sha256,
            uriEscapePath: service !== 's3',
          });
          const request = await signer.sign(
            new HttpRequest({ method: 'PUT', path, query, headers: { host: 'h:1', ...headers }, body: content }),
            { signingDate: new Date(now) },
          );
          const wireQuery = Object.entries(query)
            .flatMap(([name, value]) =>
              [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
            )
            .join('&');
          const wire: WireRequest = {
            method: 'PUT',
            path,
            query: wireQuery,
            headers: new Map(Object.entries(request.headers)),
            body: Buffer.from(content),
          };
          expect(await verify(wire, service)).toBe(caller);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('in presigned form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(parameter, text, { maxKeys: 4 }), async (query) => {
        const signer = new SignatureV4({ credentials: smithy(temporary), region, service: 'sts', sha256: Sha256 });
        const request = await signer.presign(
          new HttpRequest({ method: 'GET', path: '/', query, headers: { host: 'h' }, body: '' }),
          { signingDate: new Date(now), expiresIn: 60 },
        );
        const wireQuery = Object.entries(request.query ?? {})
          .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value as string)}`)
          .join('&');
        const headers = new Map(Object.entries(request.headers));
        const wire = { method: 'GET', path: '/', query: wireQuery, headers, body: new Uint8Array() };
        expect(await verify(wire, 'sts')).toBe(caller);
      }),
      { numRuns: 100 },
    );
  });
});

function smithy(credentials: { accessKeyId: string; secretAccessKey: Secret; sessionToken?: Secret }): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
} {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken && { sessionToken: sessionToken.reveal() }),
  };
}
