import type { Network, Zone } from '../network.js';
import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { set, structure, text } from './ec2-shapes.js';

const shape = structure('AvailabilityZone', {
  optInStatus: text,
  messageSet: set(structure('AvailabilityZoneMessage', { message: text })),
  regionName: text,
  zoneName: text,
  zoneId: text,
  groupName: text,
  networkBorderGroup: text,
  zoneType: text,
  zoneState: text,
});

export function describeAvailabilityZones({ region, zones }: Network) {
  const view = ({ name, id }: Zone) => ({
    optInStatus: 'opt-in-not-required',
    messageSet: [],
    regionName: region,
    zoneName: name,
    zoneId: id,
    groupName: `${region}-zg-1`,
    networkBorderGroup: region,
    zoneType: 'availability-zone',
    zoneState: 'available',
  });
  type View = ReturnType<typeof view>;
  const filterValues = (one: View) => ({
    'group-name': [one.groupName],
    message: [],
    'opt-in-status': [one.optInStatus],
    'region-name': [one.regionName],
    state: [one.zoneState],
    'zone-id': [one.zoneId],
    'zone-name': [one.zoneName],
    'zone-state': [one.zoneState],
    'zone-type': [one.zoneType],
  });
  const listed = zones.map(view);
  const notFound = (id: string): Error => ec2Error.invalidValue(`Invalid availability zone: [${id}]`);
  return describeOperation<View>({
    name: 'AvailabilityZones',
    set: 'availabilityZoneInfo',
    shape: set(shape),
    ids: [
      { parameter: 'ZoneName', calledInErrors: 'zoneNames', idOf: ({ zoneName }) => zoneName, notFound },
      { parameter: 'ZoneId', calledInErrors: 'zoneIds', idOf: ({ zoneId }) => zoneId, notFound },
    ],
    all: () => Promise.resolve(listed),
    filterValues,
    filterNames: listed[0] === undefined ? [] : Object.keys(filterValues(listed[0])),
    paged: false,
  });
}
