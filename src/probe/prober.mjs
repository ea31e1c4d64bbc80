// The built-in prober, a program of its own: TCP connections or UDP datagrams to one port, and what came of them as a line of JSON.
// It is run by Node inside a namespace, as `node --input-type=module - tcp|udp|udp-closed ADDRESS PORT COUNT TIMEOUT_MS`, with this text on standard input.
import dgram from 'node:dgram';
import net from 'node:net';

const [protocol, address, port, count, timeoutMs] = process.argv.slice(2);
const GAP_MS = 200;
// A question that a name server answers (RFC 1035: the name servers of the root); to all others a line that says who asks.
const DNS_QUESTION = Buffer.from('6e73010000010000000000000000020001', 'hex');
const payload = Number(port) === 53 ? DNS_QUESTION : Buffer.from('netns-mcp probe\n');

/** One connection: an error code, or null when it was accepted. */
function connect(done) {
  const socket = net.connect({ host: address, port: Number(port) });
  socket.once('connect', () => done(null));
  socket.once('error', (error) => done(error.code));
  return () => socket.destroy();
}

/** One datagram: an error code, or null when an answer came. The socket is connected, so that ICMP errors come back to it. */
function ask(target, done) {
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  socket.once('message', () => done(null));
  socket.on('error', (error) => done(error.code));
  socket.connect(target, address, (error) => {
    if (error) return done(error.code);
    socket.send(payload, (failure) => failure && done(failure.code));
  });
  return () => socket.close();
}

/** Probes once; answers {error, ms}. */
function probe(index) {
  return new Promise((resolve) => {
    const started = performance.now();
    let stop = null;
    let isDone = false;
    const done = (error) => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      resolve({ error, ms: performance.now() - started });
      setImmediate(() => stop());
    };
    const timer = setTimeout(done, Number(timeoutMs), 'ETIMEDOUT');
    // To be refused a port must be one that nobody listens on: each time another.
    const target = Number(port) + (protocol === 'udp-closed' ? index : 0);
    stop = protocol === 'tcp' ? connect(done) : ask(target, done);
  });
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const outcomes = await Promise.all(Array.from({ length: Number(count) }, (_, index) => wait(index * GAP_MS).then(() => probe(index))));
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
