import type { Network } from '../network.js';
import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { flag, set, structure, tags, text } from './ec2-shapes.js';
import { networkId } from './network-id.js';

const state = structure('RouteTableAssociationState', { state: text });
const shape = structure('RouteTable', {
  associationSet: set(
    structure('RouteTableAssociation', {
      main: flag,
      routeTableAssociationId: text,
      routeTableId: text,
      associationState: state,
    }),
  ),
  ownerId: text,
  propagatingVgwSet: set(structure('PropagatingVgw', { gatewayId: text })),
  routeTableId: text,
  routeSet: set(structure('Route', { destinationCidrBlock: text, gatewayId: text, origin: text, state: text })),
  tagSet: tags,
  vpcId: text,
});

/** The main table of the VPC: within it, and out through its gateway, as of a default VPC. */
export function describeRouteTables({ ownerId, vpcId, cidrBlock }: Network) {
  const routeTableId = networkId('rtb', vpcId, 'main');
  const main = {
    main: true,
    routeTableAssociationId: networkId('rtbassoc', vpcId, 'main'),
    routeTableId,
    associationState: { state: 'associated' },
  };
  const route = (destinationCidrBlock: string, gatewayId: string, origin: string) => ({
    ...{ destinationCidrBlock, gatewayId, origin },
    state: 'active',
  });
  const routes = [
    route(cidrBlock, 'local', 'CreateRouteTable'),
    route('0.0.0.0/0', networkId('igw', vpcId, 'default'), 'CreateRoute'),
  ];
  const table = {
    associationSet: [main],
    ownerId,
    propagatingVgwSet: [],
    routeTableId,
    routeSet: routes,
    tagSet: [],
    vpcId,
  };
  const filterValues = {
    'association.gateway-id': [],
    'association.main': [main.main],
    'association.route-table-association-id': [main.routeTableAssociationId],
    'association.route-table-id': [routeTableId],
    // Subnets are with the main table without an association of their own.
    'association.subnet-id': [],
    'owner-id': [ownerId],
    'route-table-id': [routeTableId],
    'route.destination-cidr-block': routes.map(({ destinationCidrBlock }) => destinationCidrBlock),
    'route.gateway-id': routes.map(({ gatewayId }) => gatewayId),
    'route.nat-gateway-id': [],
    'route.origin': routes.map(({ origin }) => origin),
    'route.state': routes.map((one) => one.state),
    'vpc-id': [vpcId],
  };
  return describeOperation<typeof table>({
    name: 'RouteTables',
    set: 'routeTableSet',
    shape: set(shape),
    ids: [
      {
        parameter: 'RouteTableId',
        calledInErrors: 'routeTableIds',
        idOf: () => routeTableId,
        notFound: (id) => ec2Error.notFound('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`),
      },
    ],
    all: () => Promise.resolve([table]),
    filterValues: () => filterValues,
    filterNames: Object.keys(filterValues),
    paged: true,
  });
}
