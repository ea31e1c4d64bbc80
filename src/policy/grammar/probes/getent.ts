// The grammar of getent: host names, services, protocols and networks as programs in the namespace would find them.

import { RESOLVER } from '../names.js';
import type { Program, Term } from '../table.js';
import { ADDRESS, either, HOST, pattern, type ValueType } from '../values.js';

/** A name or an address to look up; what is asked are the name servers of resolv.conf, not the host itself. */
const KEY: ValueType = {
  says: 'a host name or an address',
  read: (word) => {
    const key = either(ADDRESS, HOST).read(word);
    return typeof key === 'object' && key !== null ? { word: key.word, target: RESOLVER } : key;
  },
};

const lookup = (name: string): Term => ({ name, effect: 'probe', next: { operands: [{ type: KEY, most: 4 }] } });
const table = (name: string, type: ValueType): Term => ({ name, next: { operands: [{ type, least: 0, most: 8 }] } });

export const GETENT: Program = {
  name: 'getent',
  package: 'libc-bin',
  says: 'Looks up hosts, services, protocols and networks through nsswitch.conf.',
  effect: 'read',
  place: {
    terms: [
      ...['hosts', 'ahosts', 'ahostsv4', 'ahostsv6'].map(lookup),
      table('services', pattern('a service such as ssh, 22/tcp', /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}(\/(tcp|udp|sctp|dccp))?$/)),
      table('protocols', pattern('a protocol name or number', /^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$/)),
      ...['passwd', 'shadow', 'group', 'gshadow', 'initgroups', 'netgroup', 'aliases'].map((name) => ({ name, refuse: 'it is about people, not networks' })),
      ...['networks', 'ethers', 'rpc'].map((name) => ({ name, refuse: 'it is not on the list' })),
      { name: '-s', aliases: ['--service'], refuse: 'it loads libraries by name' },
    ],
    needs: 'a database: hosts, ahosts, services or protocols',
  },
};
