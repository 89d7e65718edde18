import type { ContainerDefinition, PortMapping } from '@aws-sdk/client-ecs';

/** Container definitions as the provider compares them: defaults of AWS written out, empty lists taken away. */
export function comparableContainers(containers: readonly ContainerDefinition[], isAwsVpc: boolean): unknown {
  return [...containers].sort(byName).map((container) => comparable(container, isAwsVpc));
}

function comparable(container: ContainerDefinition, isAwsVpc: boolean): object {
  const { environment, secrets, portMappings, healthCheck, ...rest } = container;
  const all = {
    ...rest,
    // A number of Go is 0 where it is not given.
    cpu: rest.cpu ?? 0,
    essential: rest.essential ?? true,
    environment: environment && [...environment].sort(byName),
    secrets: secrets && [...secrets].sort(byName),
    portMappings: portMappings?.map((mapping) => comparablePort(mapping, isAwsVpc)),
    healthCheck: healthCheck && { interval: 30, retries: 3, timeout: 5, ...healthCheck },
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}

function comparablePort({ hostPort, protocol, ...rest }: PortMapping, isAwsVpc: boolean): object {
  const shown = isAwsVpc && hostPort === rest.containerPort ? undefined : hostPort;
  return {
    ...rest,
    ...(shown !== undefined && shown !== 0 && { hostPort: shown }),
    ...(protocol !== undefined && protocol !== 'tcp' && { protocol }),
  };
}

function byName(one: { readonly name?: string | undefined }, other: { readonly name?: string | undefined }): number {
  return (one.name ?? '') < (other.name ?? '') ? -1 : 1;
}
