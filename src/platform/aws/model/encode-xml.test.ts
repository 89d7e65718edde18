import { AssumeRoleResponse$ } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { encodeXml } from './encode-xml.js';
import { Everything } from './model-schemas.fixture.js';

test('a response of STS', () => {
  const value = {
    Credentials: {
      AccessKeyId: 'A',
      SecretAccessKey: 'S',
      SessionToken: 'T',
      Expiration: new Date('2026-01-02T03:04:05.678Z'),
    },
    PackedPolicySize: 0,
    Internal: 'x',
  };
  expect(encodeXml(AssumeRoleResponse$, value)).toBe(
    '<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>' +
      '<Expiration>2026-01-02T03:04:05Z</Expiration></Credentials><PackedPolicySize>0</PackedPolicySize>',
  );
});

test('lists, maps, names of their own and flattened lists', () => {
  const value = {
    texts: ['a', 'b'],
    table: { k: 'v' },
    inner: { id: 'i', label: 'l' },
    named: ['x'],
    flat: ['y', 'z'],
    data: new Uint8Array([0, 1, 255]),
    flag: false,
    choice: null,
  };
  expect(encodeXml(Everything, value)).toBe(
    '<flag>false</flag><data>AAH/</data><texts><member>a</member><member>b</member></texts>' +
      '<table><entry><key>k</key><value>v</value></entry></table><inner><id>i</id><Label>l</Label></inner>' +
      '<Names><item>x</item></Names><flat>y</flat><flat>z</flat>',
  );
});

test('markup and control characters cannot break out', () => {
  expect(encodeXml(Everything, { name: '</name><x a="1">&\r\n\t\0\x1f\ufffe' })).toBe(
    '<name>&lt;/name&gt;&lt;x a=&quot;1&quot;&gt;&amp;&#xD;\n\t\ufffd\ufffd\ufffd</name>',
  );
});
