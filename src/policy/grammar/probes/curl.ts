// The grammar of curl: one GET or HEAD of one http or https address; no files, no proxies, no credentials, no redirects.
import { no, none, type Program } from '../table.js';
import { HOST, number, oneOf, type ValueType } from '../values.js';

const SECONDS = number(1, 60, 'seconds', 3);
/** RFC 3986, without the fragment, which is never sent. */
const URL_FORM = /^(?:(https?):\/\/)?([^/?#]*)(\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$/i;
const AUTHORITY = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/;

/** An address of http or https. It is taken apart here and put together anew, so that curl can read it only in one way. */
const WEB_ADDRESS: ValueType = {
  says: 'a web address such as http://10.0.0.1:8080/path',
  read: (word) => {
    const [whole, scheme = 'http', authority = '', path = '/', query = ''] = URL_FORM.exec(word) ?? [];
    if (whole === undefined || word.startsWith('-')) return null;
    if (authority.includes('@')) return 'credentials do not belong into an address';
    const [, six, name, port] = AUTHORITY.exec(authority) ?? [];
    if (Number(port ?? 0) > 65_535) return null;
    const host = HOST.read(six ?? name ?? '');
    if (host === null || typeof host === 'string') return host;
    if (host.word.includes('%') || host.word.includes(':') !== (six !== undefined)) return null;
    const shown = six === undefined ? host.word : `[${host.word}]`;
    return { ...host, word: `${scheme.toLowerCase()}://${shown}${port === undefined ? '' : `:${Number(port)}`}${path}${query}` };
  },
};

const FILES = 'it reads or writes a file';
const SENDS = 'only GET and HEAD are on the list';
const DETOURS = 'it leads the request to another address than the one that was judged';
const SECRETS = 'credentials do not belong on a command line';

export const CURL: Program = {
  name: 'curl',
  package: 'curl',
  says: 'Fetches one web address with GET or HEAD, at most 1 MiB, without following redirects.',
  effect: 'probe',
  // -q, which must come first: no ~/.curlrc, which could hold any option. -g: braces and brackets mean nothing.
  forced: {
    '-q': ['-q'],
    '-g': ['-g'],
    '--proto': ['--proto', '=http,https'],
    '--noproxy': ['--noproxy', '*'],
    '--max-filesize': ['--max-filesize', '1048576'],
    // No progress meter; errors all the same.
    '-s': ['-s'],
    '-S': ['-S'],
  },
  defaults: { '-m': ['-m', '10'] },
  place: {
    style: 'getopt',
    terms: [
      { name: '-q', aliases: ['--disable'] },
      { name: '-g', aliases: ['--globoff'] },
      { name: '--proto', values: [oneOf(['=http,https'])] },
      { name: '--noproxy', values: [oneOf(['*'])] },
      { name: '--max-filesize', values: [number(1, 1_048_576, 'bytes')] },
      { name: '-s', aliases: ['--silent'] },
      { name: '-S', aliases: ['--show-error'] },
      { name: '-f', aliases: ['--fail'] },
      { name: '-I', aliases: ['--head'] },
      { name: '-i', aliases: ['--include'] },
      { name: '-v', aliases: ['--verbose'] },
      { name: '-4', aliases: ['--ipv4'], group: 'family' },
      { name: '-6', aliases: ['--ipv6'], group: 'family' },
      { name: '-k', aliases: ['--insecure'] },
      { name: '--http1.1', group: 'version' },
      { name: '--http2', group: 'version' },
      { name: '-m', aliases: ['--max-time'], values: [SECONDS] },
      { name: '--connect-timeout', values: [SECONDS] },
      no('-L', `${DETOURS}; ask the address in the Location header with a call of its own`, '--location', '--location-trusted'),
      ...none(
        [
          '--proxy',
          '-x',
          '--socks5',
          '--socks5-hostname',
          '--preproxy',
          '--resolve',
          '--connect-to',
          '--unix-socket',
          '--abstract-unix-socket',
          '--interface',
          '--doh-url',
          '--dns-servers',
          '--next',
          '-:',
          '--url',
        ],
        DETOURS,
      ),
      ...none(
        [
          '-K',
          '--config',
          '-o',
          '--output',
          '-O',
          '--remote-name',
          '-T',
          '--upload-file',
          '-D',
          '--dump-header',
          '-c',
          '--cookie-jar',
          '--trace',
          '--trace-ascii',
          '--stderr',
          '-w',
          '--write-out',
        ],
        FILES,
      ),
      ...none(
        [
          '-X',
          '--request',
          '-d',
          '--data',
          '--data-binary',
          '--data-raw',
          '--data-urlencode',
          '--json',
          '-F',
          '--form',
          '-H',
          '--header',
          '-A',
          '--user-agent',
          '-e',
          '--referer',
        ],
        SENDS,
      ),
      ...none(['-u', '--user', '-b', '--cookie', '-n', '--netrc', '--netrc-file', '-E', '--cert', '--key', '--oauth2-bearer'], SECRETS),
    ],
    operands: [{ type: WEB_ADDRESS }],
  },
};
