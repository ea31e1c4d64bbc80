// The built-in web server, a program of its own: it answers every request with one line of text and the address that asked, and prints who asked for what.
// It is run by Node inside a namespace, as `node --input-type=module - [--address ADDRESS] [--says TEXT] PORT`, with this text on standard input.
import http from 'node:http';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { address: { type: 'string', default: '0.0.0.0' }, says: { type: 'string', default: 'It works.' } },
  allowPositionals: true,
});

const server = http.createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
  const { remoteAddress, remotePort } = request.socket;
  process.stdout.write(`${new Date().toISOString()} ${remoteAddress}:${remotePort} ${request.method} ${request.url?.slice(0, 200)}\n`);
  request.resume();
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${values.says}\nYou are ${remoteAddress}:${remotePort}.\n`);
});
server.maxConnections = 64;
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
server.listen(Number(positionals[0]), values.address, () => {
  process.stdout.write(`${new Date().toISOString()} listening on ${values.address} port ${positionals[0]}\n`);
});
process.once('SIGTERM', () => process.exit(0));
