/** Which addresses a webhook may be sent to: none that only this machine or this network can reach. Opens no connection. */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IANA registries of special-purpose addresses, those that are not globally reachable, and multicast. */
const PRIVATE_IPV4 = [
  ...([
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
  ] as const),
  ...(['192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24'] as const),
  ...(['203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'] as const),
];
/** Subnets that carry an IPv4 address are among them: it could be any. */
const PRIVATE_IPV6 = [
  ...(['::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23'] as const),
  ...(['2001:db8::/32', '2002::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'] as const),
];

const blockedIpv4 = blockList(PRIVATE_IPV4, 'ipv4');
/** A list of its own: in a common one a subnet of mapped addresses would match every IPv4 address. */
const blockedIpv6 = blockList(PRIVATE_IPV6, 'ipv6');

function blockList(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const blocked = new BlockList();
  for (const subnet of subnets) {
    const [network = '', bits = ''] = subnet.split('/');
    blocked.addSubnet(network, Number(bits), family);
  }
  return blocked;
}

/** @param address of IPv4 or IPv6; anything else is private */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return family === 4 ? blockedIpv4.check(address, 'ipv4') : blockedIpv6.check(address, 'ipv6');
}

export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';

  constructor(host: string) {
    super(`${host} has a private address, which is not allowed`);
  }
}

/**
 * As `dns.lookup`, which the connection then uses: what was judged is what is connected to, whatever the name resolves to
 * a moment later.
 */
export const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    if (addresses.length === 0 || addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(new PrivateAddressError(hostname), '', 0);
    }
    if (options.all === true) return callback(null, addresses);
    const [{ address, family }] = addresses as [(typeof addresses)[0]];
    return callback(null, address, family);
  });
};
