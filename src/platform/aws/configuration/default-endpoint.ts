/** IAM is one for all regions of a partition; its endpoint, and the region that requests to it are signed for. */
const IAM: readonly (readonly [regions: RegExp, host: string, region: string])[] = [
  [/^cn-/, 'iam.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  [/^us-gov-/, 'iam.us-gov.amazonaws.com', 'us-gov-west-1'],
  [/^/, 'iam.amazonaws.com', 'us-east-1'],
];

function iamOf(region: string): (typeof IAM)[number] | undefined {
  return IAM.find(([regions]) => regions.test(region));
}

/** AWS's own endpoint of a service, where no other is configured. */
export function defaultEndpoint(service: string, region: string): string {
  const host = service === 'iam' ? iamOf(region)?.[1] : undefined;
  if (host !== undefined) return `https://${host}`;
  return `https://${service}.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
}

/** Region in the signature of a request to {@link defaultEndpoint}. */
export function signingRegion(service: string, region: string): string {
  return (service === 'iam' ? iamOf(region)?.[2] : undefined) ?? region;
}
