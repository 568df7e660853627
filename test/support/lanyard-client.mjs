// @ts-check
// Stands in for `lanyard` in a shell: the process that listens at LANYARD_SOCKET has loaded the server already, and runs the command.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const { LANYARD_SOCKET = '', ...variables } = process.env;
const socket = connect(LANYARD_SOCKET);
const command = { args: process.argv.slice(2), variables, input: await text(process.stdin), folder: process.cwd() };
socket.end(JSON.stringify(command));
const { exitCode, output, remarks } = JSON.parse(await text(socket));
process.stderr.write(remarks === '' ? '' : `${remarks}\n`);
process.stdout.write(output === '' ? '' : `${output}\n`);
process.exitCode = exitCode ?? 1;
