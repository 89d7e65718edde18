import { expect, test } from 'vitest';
import { defaultEndpoint, signingRegion } from './default-endpoint.js';

test.each([
  ['ecs', 'eu-central-1', 'https://ecs.eu-central-1.amazonaws.com', 'eu-central-1'],
  ['ecs', 'cn-north-1', 'https://ecs.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['iam', 'eu-central-1', 'https://iam.amazonaws.com', 'us-east-1'],
  ['iam', 'cn-northwest-1', 'https://iam.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['iam', 'us-gov-east-1', 'https://iam.us-gov.amazonaws.com', 'us-gov-west-1'],
])('%s of %s is at %s, signed for %s', (service, region, endpoint, signed) => {
  expect(defaultEndpoint(service, region)).toBe(endpoint);
  expect(signingRegion(service, region)).toBe(signed);
});
